import { describe, expect, it } from 'vitest';
import { created, creationErrors, row, updateErrors } from './submit.ts';

const aClaim = (spec: object = {}, more: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  ...more,
});
const aVolume = (spec: object = {}, more: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' }, hostPath: { path: '/data' }, ...spec },
  ...more,
});

describe('a claim', () => {
  it('waits for a file system', () => {
    expect(created('PersistentVolumeClaim', aClaim())).toMatchObject({ spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } });
  });

  it.each([
    [{ accessModes: [] }, 'spec.accessModes: Required value: at least 1 access mode is required'],
    [
      { accessModes: ['RWO'] },
      'spec.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [{ resources: {} }, 'spec.resources[storage]: Required value'],
    [{ resources: { requests: { storage: '0' } } }, 'spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('PersistentVolumeClaim', aClaim(spec))).toEqual([error]);
  });

  it('is immutable but for its size, and shows what else would change', () => {
    expect(updateErrors('PersistentVolumeClaim', aClaim({ storageClassName: 'a' }), aClaim({ storageClassName: 'b' }))).toEqual([
      `spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
@@ -10,7 +10,7 @@
   }
  },
  "VolumeName": "",
- "StorageClassName": "a",
+ "StorageClassName": "b",
  "VolumeMode": "Filesystem",
  "DataSource": null,
  "DataSourceRef": null,
`,
    ]);
  });

  it('is shown as kubectl shows it', () => {
    const status = { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] };
    const claim = aClaim({ volumeName: 'disk', storageClassName: 'standard', volumeMode: 'Filesystem' }, { status });
    expect(row('PersistentVolumeClaim', claim, true)).toEqual({
      Name: 'web',
      Status: 'Bound',
      Volume: 'disk',
      Capacity: '1Gi',
      'Access Modes': 'RWO,ROX',
      StorageClass: 'standard',
      VolumeAttributesClass: '<unset>',
      Age: '12h',
      VolumeMode: 'Filesystem',
    });
    const metadata = { deletionTimestamp: '2026-01-01T11:00:00Z' };
    expect(row('PersistentVolumeClaim', aClaim({}, { metadata }))).toMatchObject({
      Status: 'Terminating',
      Capacity: '',
      'Access Modes': '',
    });
  });
});

describe('a volume', () => {
  it('is kept when its claim is gone, unless told otherwise', () => {
    expect(created('PersistentVolume', aVolume())).toMatchObject({
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { path: '/data', type: '' } },
      status: { phase: 'Pending' },
    });
  });

  it('is made of one thing', () => {
    expect(creationErrors('PersistentVolume', aVolume({ hostPath: undefined }))).toEqual([
      'spec: Required value: must specify a volume type',
    ]);
    expect(creationErrors('PersistentVolume', aVolume({ nfs: { server: 'a', path: '/' } }))).toEqual([
      'spec.nfs: Forbidden: may not specify more than 1 volume type',
    ]);
  });

  it('stays what it is made of', () => {
    expect(updateErrors('PersistentVolume', aVolume(), aVolume({ hostPath: { path: '/other' } }))).toEqual([
      `spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation
@@ -2,7 +2,7 @@
  "GCEPersistentDisk": null,
  "AWSElasticBlockStore": null,
  "HostPath": {
-  "Path": "/data",
+  "Path": "/other",
   "Type": ""
  },
  "Glusterfs": null,
`,
    ]);
  });

  it('is shown as kubectl shows it', () => {
    const spec = { claimRef: { namespace: 'team', name: 'data' }, persistentVolumeReclaimPolicy: 'Delete', storageClassName: 'fast' };
    expect(row('PersistentVolume', aVolume(spec, { status: { phase: 'Bound' } }))).toEqual({
      Name: 'web',
      Capacity: '5Gi',
      'Access Modes': 'RWO',
      'Reclaim Policy': 'Delete',
      Status: 'Bound',
      Claim: 'team/data',
      StorageClass: 'fast',
      VolumeAttributesClass: '<unset>',
      Reason: '',
      Age: '12h',
    });
  });
});

describe('a storage class', () => {
  it('deletes and binds at once unless told otherwise', () => {
    expect(created('StorageClass', { provisioner: 'a.b/c' })).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  });

  it.each([
    [{ provisioner: 'x' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
    [{ reclaimPolicy: 'Retain' }, 'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.'],
    [{ parameters: { a: 'b' } }, 'parameters: Forbidden: updates to parameters are forbidden.'],
    [{ volumeBindingMode: 'WaitForFirstConsumer' }, 'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable'],
  ])('refuses the change to %j', (change, error) => {
    expect(updateErrors('StorageClass', { provisioner: 'a.b/c' }, { provisioner: 'a.b/c', ...change })).toEqual([error]);
  });

  it('says which one is taken by default', () => {
    const metadata = { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
    expect(row('StorageClass', { metadata, provisioner: 'a.b/c', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })).toEqual({
      Name: 'web (default)',
      Provisioner: 'a.b/c',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'Immediate',
      AllowVolumeExpansion: false,
      Age: '12h',
    });
  });
});
