// persistentvolumeclaims: a wish for storage, bound to a volume that fulfils it.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateClaimSpec } from '../../validation/claims.ts';
import { difference } from '../../validation/difference.ts';
import { forbidden } from '../../validation/field-errors.ts';
import { inGoForm, type Shape } from '../../validation/go-form.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { canonicalQuantity, compareQuantities, tryParseQuantity } from '../../values/quantity.ts';
import { sameValue } from '../../values/same.ts';
import { checkedKind } from '../checked-kind.ts';
import { type ClaimSpec, setClaimSpecDefaults } from '../claim-defaults.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { accessModesText } from './persistentvolumes.ts';

export type PersistentVolumeClaim = Stored<models.V1PersistentVolumeClaim>;

/** How the server holds the spec. */
const internalSpec: Shape = {
  AccessModes: 'null',
  Selector: 'kept',
  Resources: { Limits: 'kept', Requests: 'kept' },
  VolumeName: '""',
  StorageClassName: 'null',
  VolumeMode: 'null',
  DataSource: 'null',
  DataSourceRef: 'null',
  VolumeAttributesClassName: 'null',
};

export const persistentvolumeclaims = checkedKind<PersistentVolumeClaim>(
  {
    group: '',
    version: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    singular: 'persistentvolumeclaim',
    shortNames: ['pvc'],
    namespaced: true,
    model: 'V1PersistentVolumeClaim',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
      textColumn('Volume', (claim) => claim.spec?.volumeName ?? ''),
      textColumn('Capacity', ({ spec, status }) => (spec?.volumeName ? canonicalQuantity(status?.capacity?.['storage'] ?? '0') : '')),
      textColumn('Access Modes', ({ spec, status }) => (spec?.volumeName ? accessModesText(status?.accessModes) : '')),
      textColumn('StorageClass', (claim) => claim.spec?.storageClassName ?? ''),
      textColumn('VolumeAttributesClass', (claim) => claim.spec?.volumeAttributesClassName ?? '<unset>'),
      ageColumn(),
      textColumn('VolumeMode', (claim) => claim.spec?.volumeMode ?? '<unset>', { wide: true }),
    ],
    setDefaults: (claim) => setClaimSpecDefaults((claim.spec ??= {})),
    prepareForCreate(claim) {
      claim.status = { phase: 'Pending' };
    },
    prepareForUpdate(claim, old) {
      claim.status = old.status ?? { phase: 'Pending' };
    },
  },
  {
    validate: (claim) => validateClaimSpec(claim.spec ?? {}, 'spec'),
    validateChange: (claim, old) => validateChange(claim.spec ?? {}, old.spec ?? {}, old.status),
  },
);

function validateChange(spec: ClaimSpec, old: ClaimSpec, status: PersistentVolumeClaim['status']): FieldError[] {
  const errors: FieldError[] = [];
  const munged: ClaimSpec = { ...spec };
  const before: ClaimSpec = { ...old };
  if (!old.volumeName) {
    before.volumeName = spec.volumeName;
  }
  if (old.storageClassName === undefined) {
    munged.storageClassName = undefined;
  }
  if (status?.phase === 'Bound') {
    munged.volumeAttributesClassName = old.volumeAttributesClassName;
    const requests = { ...spec.resources?.requests, ...(old.resources?.requests && { storage: old.resources.requests['storage'] ?? '0' }) };
    munged.resources = { ...spec.resources, requests };
  }
  if (!sameValue(munged, before)) {
    const text = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', `${text}\n${difference(inGoForm(before, internalSpec), inGoForm(munged, internalSpec))}`));
  }
  const size = tryParseQuantity(spec.resources?.requests?.['storage']);
  const oldSize = tryParseQuantity(old.resources?.requests?.['storage']);
  const capacity = tryParseQuantity(status?.capacity?.['storage'] ?? '0');
  if (size && oldSize && capacity && compareQuantities(size, oldSize) < 0 && compareQuantities(size, capacity) <= 0) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return [...errors, ...validateImmutable(spec.volumeMode, old.volumeMode, 'volumeMode')];
}
