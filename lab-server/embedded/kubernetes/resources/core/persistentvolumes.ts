// persistentvolumes: storage that outlives pods.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateAccessModes, validatePositive, validateVolumeMode } from '../../validation/claims.ts';
import { difference } from '../../validation/difference.ts';
import { forbidden, invalidFor, notSupported, required } from '../../validation/field-errors.ts';
import { inGoForm, type Shape } from '../../validation/go-form.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { validateNodeSelector } from '../../validation/scheduling.ts';
import { validateHostPath } from '../../validation/volumes.ts';
import { isoTime } from '../../values/iso-time.ts';
import { dns1123Subdomain } from '../../values/names.ts';
import { canonicalQuantity } from '../../values/quantity.ts';
import { sameValue } from '../../values/same.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { canonicalizeQuantities } from '../pod-defaults.ts';

export type PersistentVolume = Stored<models.V1PersistentVolume>;
type Spec = NonNullable<PersistentVolume['spec']>;

/** Fields of the spec that are not a type of volume. */
const commonFields = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);
/** How the server holds what a volume is made of. */
const internalSource: Shape = Object.fromEntries(
  [
    'GCEPersistentDisk',
    'AWSElasticBlockStore',
    'HostPath',
    'Glusterfs',
    'NFS',
    'RBD',
    'Quobyte',
    'ISCSI',
    'FlexVolume',
    'Cinder',
    'CephFS',
    'FC',
    'Flocker',
    'AzureFile',
    'VsphereVolume',
    'AzureDisk',
    'PhotonPersistentDisk',
    'PortworxVolume',
    'ScaleIO',
    'Local',
    'StorageOS',
    'CSI',
  ].map((source) => [source, 'null' as const]),
);
const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];

export const persistentvolumes = checkedKind<PersistentVolume>(
  {
    group: '',
    version: 'v1',
    kind: 'PersistentVolume',
    plural: 'persistentvolumes',
    singular: 'persistentvolume',
    shortNames: ['pv'],
    namespaced: false,
    model: 'V1PersistentVolume',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('Capacity', (volume) => canonicalQuantity(volume.spec?.capacity?.['storage'] ?? '0')),
      textColumn('Access Modes', (volume) => accessModesText(volume.spec?.accessModes)),
      textColumn('Reclaim Policy', (volume) => volume.spec?.persistentVolumeReclaimPolicy ?? ''),
      textColumn('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
      textColumn('Claim', ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '')),
      textColumn('StorageClass', ({ spec }) => spec?.storageClassName ?? ''),
      textColumn('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
      textColumn('Reason', (volume) => volume.status?.reason ?? ''),
      ageColumn(),
      textColumn('VolumeMode', (volume) => volume.spec?.volumeMode ?? '<unset>', { wide: true }),
    ],
    setDefaults(volume) {
      const spec = (volume.spec ??= {});
      canonicalizeQuantities(spec.capacity);
      spec.persistentVolumeReclaimPolicy ||= 'Retain';
      spec.volumeMode ??= 'Filesystem';
      if (spec.hostPath) {
        spec.hostPath.type ??= '';
      }
    },
    prepareForCreate(volume, { now }) {
      volume.status = { phase: 'Pending', lastPhaseTransitionTime: isoTime(now) };
    },
    prepareForUpdate(volume, old) {
      if (old.status) {
        volume.status = old.status;
      }
    },
    warnings({ spec }) {
      const at = 'spec.persistentVolumeReclaimPolicy';
      return spec?.persistentVolumeReclaimPolicy === 'Recycle'
        ? [`${at}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.`]
        : [];
    },
  },
  {
    validate: ({ spec = {} }) => validateSpec(spec),
    validateChange({ spec = {} }, old) {
      const errors: FieldError[] = [];
      if (!sameValue(sourceOf(spec), sourceOf(old.spec ?? {}))) {
        const changes = difference(inGoForm(old.spec ?? {}, internalSource), inGoForm(spec, internalSource));
        const detail = `spec.persistentvolumesource is immutable after creation\n${changes}`;
        errors.push(forbidden('spec.persistentvolumesource', detail));
      }
      return [...errors, ...validateImmutable(spec.volumeMode, old.spec?.volumeMode, 'volumeMode')];
    },
  },
);

/** `RWO,ROX` */
export function accessModesText(modes: readonly string[] | undefined): string {
  const short = [
    ['ReadWriteOnce', 'RWO'],
    ['ReadOnlyMany', 'ROX'],
    ['ReadWriteMany', 'RWX'],
    ['ReadWriteOncePod', 'RWOP'],
  ];
  return short.flatMap(([mode = '', text]) => (modes?.includes(mode) ? [text] : [])).join(',');
}

function sourceOf(spec: Spec): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([field, value]) => value !== undefined && !commonFields.has(field)));
}

function validateSpec(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.accessModes?.length) {
    errors.push(required('spec.accessModes'));
  }
  errors.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  const capacity = spec.capacity ?? {};
  if (Object.keys(capacity).length === 0) {
    errors.push(required('spec.capacity'));
  }
  if (capacity['storage'] === undefined || Object.keys(capacity).length > 1) {
    errors.push(notSupported('spec.capacity', spec.capacity, ['storage']));
  }
  for (const [name, text] of Object.entries(capacity)) {
    errors.push(...validatePositive(text, `spec.capacity[${name}]`));
  }
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !reclaimPolicies.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, reclaimPolicies));
  }
  const affinity = spec.nodeAffinity?.required;
  if (affinity) {
    errors.push(...validateNodeSelector(affinity, 'spec.nodeAffinity.required'));
  } else if (spec.nodeAffinity) {
    errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
  }
  const sources = Object.keys(sourceOf(spec));
  errors.push(...sources.slice(1).map((source) => forbidden(`spec.${source}`, 'may not specify more than 1 volume type')));
  if (sources.length === 0) {
    errors.push(required('spec', 'must specify a volume type'));
  }
  if (spec.hostPath) {
    errors.push(...validateHostPath(spec.hostPath.path, spec.hostPath.type, 'spec.hostPath'));
    if (spec.hostPath.path === '/' && policy === 'Recycle') {
      errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
    }
  }
  if (spec.local) {
    errors.push(...(spec.local.path ? [] : [required('spec.local.path')]));
    errors.push(...(affinity ? [] : [required('spec.nodeAffinity', 'Local volume requires node affinity')]));
  }
  if (spec.storageClassName) {
    errors.push(...invalidFor('spec.storageClassName', spec.storageClassName, dns1123Subdomain(spec.storageClassName)));
  }
  return [...errors, ...validateVolumeMode(spec.volumeMode, 'spec.volumeMode')];
}
