// The defaults of a claim's spec, wherever one is written: claims, stateful sets, ephemeral volumes.
import type * as models from '@kubernetes/client-node';
import type { Wire } from '../types.ts';
import { canonicalizeQuantities } from './pod-defaults.ts';

export type ClaimSpec = Wire<models.V1PersistentVolumeClaimSpec>;

export function setClaimSpecDefaults(spec: ClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  spec.resources ??= {};
  canonicalizeQuantities(spec.resources.requests);
  canonicalizeQuantities(spec.resources.limits);
  // dataSource is the older name of dataSourceRef; each is filled from the other.
  if (spec.dataSource && !spec.dataSourceRef) {
    spec.dataSourceRef = { ...spec.dataSource };
  } else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { kind, name, apiGroup } = spec.dataSourceRef;
    spec.dataSource = { kind, name, ...(apiGroup !== undefined && { apiGroup }) };
  }
}
