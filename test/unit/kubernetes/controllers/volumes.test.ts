import { describe, expect, it } from 'vitest';
import { ephemeralVolumeController } from '../../../../lab-server/embedded/kubernetes/controllers/ephemeral-volume.ts';
import { hostpathProvisioner } from '../../../../lab-server/embedded/kubernetes/controllers/hostpath-provisioner.ts';
import { hostpathResizer } from '../../../../lab-server/embedded/kubernetes/controllers/hostpath-resizer.ts';
import {
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  STORAGE_CLASS,
} from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { persistentVolumeController } from '../../../../lab-server/embedded/kubernetes/controllers/persistent-volume.ts';
import {
  claimProtectionController,
  volumeProtectionController,
} from '../../../../lab-server/embedded/kubernetes/controllers/volume-protection.ts';
import { TestCluster } from './test-cluster.ts';

function start(storageClass: object = {}): TestCluster {
  const cluster = new TestCluster({
    controllers: [
      persistentVolumeController,
      hostpathProvisioner,
      hostpathResizer,
      claimProtectionController,
      volumeProtectionController,
      ephemeralVolumeController,
    ],
  });
  cluster.client.create(STORAGE_CLASS, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'k8s.io/minikube-hostpath',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...storageClass,
  });
  return cluster;
}

function aClaim(spec: object = {}, name = 'data') {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'standard', ...spec },
    status: { phase: 'Pending' },
  };
}

function aVolume(name: string, storage: string, spec: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage },
      storageClassName: 'manual',
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/x' },
      ...spec,
    },
  };
}

function claim(cluster: TestCluster, name = 'data') {
  return cluster.client.get(PERSISTENT_VOLUME_CLAIM, 'default', name);
}

function phases(cluster: TestCluster): string[] {
  return cluster.client.list(PERSISTENT_VOLUME).map(({ metadata, status }) => `${metadata.name} ${status?.phase}`);
}

describe('a claim', () => {
  it('gets a volume made for it by the default provisioner', async () => {
    using cluster = start();
    const { metadata } = cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim());
    await cluster.run(100);
    const volume = `pvc-${metadata.uid}`;
    expect(claim(cluster)).toMatchObject({
      metadata: {
        annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/storage-provisioner': 'k8s.io/minikube-hostpath' },
      },
      spec: { volumeName: volume },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    });
    expect(cluster.client.get(PERSISTENT_VOLUME, undefined, volume)?.spec).toMatchObject({
      hostPath: { path: '/tmp/hostpath-provisioner/default/data' },
      persistentVolumeReclaimPolicy: 'Delete',
    });
    expect(cluster.events()).toContain(`ProvisioningSucceeded: Successfully provisioned volume ${volume}`);
  });

  it('takes the smallest volume of its class that is large enough', async () => {
    using cluster = start();
    cluster.client.create(PERSISTENT_VOLUME, aVolume('small', '500Mi'));
    cluster.client.create(PERSISTENT_VOLUME, aVolume('large', '10Gi'));
    cluster.client.create(PERSISTENT_VOLUME, aVolume('fitting', '2Gi'));
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim({ storageClassName: 'manual' }));
    await cluster.run(100);
    expect(claim(cluster)?.spec?.volumeName).toBe('fitting');
    expect(phases(cluster)).toEqual(['small Available', 'large Available', 'fitting Bound']);
  });

  it('waits, saying so, for a volume that comes later', async () => {
    using cluster = start();
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim({ storageClassName: '' }));
    await cluster.run(100);
    expect(cluster.events()).toContain('FailedBinding: no persistent volumes available for this claim and no storage class is set');
    cluster.client.create(PERSISTENT_VOLUME, aVolume('late', '1Gi', { storageClassName: '' }));
    await cluster.run(100);
    expect(claim(cluster)?.status?.phase).toBe('Bound');
  });

  it('names a class that does not exist', async () => {
    using cluster = start();
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim({ storageClassName: 'fast' }));
    await cluster.run(100);
    expect(cluster.events()).toContain('ProvisioningFailed: storageclass.storage.k8s.io "fast" not found');
  });

  it('waits for its first consumer where the class says so', async () => {
    using cluster = start({ volumeBindingMode: 'WaitForFirstConsumer' });
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim());
    await cluster.run(100);
    expect(claim(cluster)?.status?.phase).toBe('Pending');
    expect(cluster.events()).toContain('WaitForFirstConsumer: waiting for first consumer to be created before binding');
    const current = claim(cluster) as NonNullable<ReturnType<typeof claim>>;
    const annotations = { ...current.metadata.annotations, 'volume.kubernetes.io/selected-node': 'node-1' };
    cluster.client.update(PERSISTENT_VOLUME_CLAIM, { ...current, metadata: { ...current.metadata, annotations } });
    await cluster.run(100);
    expect(claim(cluster)?.status?.phase).toBe('Bound');
  });

  it('is lost with its volume', async () => {
    using cluster = start();
    cluster.client.create(PERSISTENT_VOLUME, aVolume('mine', '1Gi'));
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim({ storageClassName: 'manual' }));
    await cluster.run(100);
    const volume = cluster.client.get(PERSISTENT_VOLUME, undefined, 'mine') as NonNullable<unknown> as {
      metadata: { finalizers: string[] };
    };
    cluster.client.delete(PERSISTENT_VOLUME, undefined, 'mine');
    const deleted = cluster.client.get(PERSISTENT_VOLUME, undefined, 'mine');
    cluster.client.update(PERSISTENT_VOLUME, {
      ...(deleted as NonNullable<typeof deleted>),
      metadata: { ...deleted?.metadata, finalizers: [] } as never,
    });
    expect(volume.metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
    await cluster.run(100);
    expect(claim(cluster)?.status?.phase).toBe('Lost');
    expect(cluster.events()).toContain('ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  });
});

describe('a volume', () => {
  it('is deleted with its claim, or kept as released, as its reclaim policy says', async () => {
    using cluster = start();
    cluster.client.create(PERSISTENT_VOLUME, aVolume('kept', '1Gi'));
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim({ storageClassName: 'manual' }, 'manual'));
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim());
    await cluster.run(100);
    expect(cluster.client.list(PERSISTENT_VOLUME)).toHaveLength(2);
    cluster.client.delete(PERSISTENT_VOLUME_CLAIM, 'default', 'data');
    cluster.client.delete(PERSISTENT_VOLUME_CLAIM, 'default', 'manual');
    await cluster.run(100);
    expect(phases(cluster)).toEqual(['kept Released']);
  });
});

describe('a generic ephemeral volume', () => {
  it('gets a claim that belongs to its pod', async () => {
    using cluster = start();
    const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: aClaim().spec } } }];
    cluster.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: { containers: [], volumes },
    });
    await cluster.run(100);
    expect(claim(cluster, 'web-scratch')?.metadata.ownerReferences).toMatchObject([{ kind: 'Pod', name: 'web', controller: true }]);
    expect(claim(cluster, 'web-scratch')?.status?.phase).toBe('Bound');
  });
});

describe('a bound claim that asks for more', () => {
  it('gets a larger volume of the same data', async () => {
    using cluster = start();
    cluster.client.create(PERSISTENT_VOLUME_CLAIM, aClaim());
    await cluster.run(100);
    const bound = claim(cluster);
    if (!bound) {
      throw new Error('there is no claim');
    }
    cluster.client.update(PERSISTENT_VOLUME_CLAIM, {
      ...bound,
      spec: { ...bound.spec, resources: { requests: { storage: '3Gi' } } },
    });
    await cluster.run(100);
    expect(claim(cluster)?.status).toMatchObject({ phase: 'Bound', capacity: { storage: '3Gi' } });
    expect(cluster.client.get(PERSISTENT_VOLUME, undefined, bound.spec?.volumeName ?? '')?.spec?.capacity).toEqual({ storage: '3Gi' });
  });
});
