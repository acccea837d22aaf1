import { describe, expect, it } from 'vitest';
import type { DaemonSet } from '../../../../lab-server/embedded/kubernetes/resources/apps/daemonsets.ts';
import type { StatefulSet } from '../../../../lab-server/embedded/kubernetes/resources/apps/statefulsets.ts';
import type { Deployment, ReplicaSet } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { created, creationErrors, kindOf, row, updated, updateErrors } from './submit.ts';

const template = (labels: Record<string, string> = { app: 'web' }) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
});
const selector = { matchLabels: { app: 'web' } };
const aWorkload = (spec: object = {}, more: object = {}) => ({ spec: { selector, template: template(), ...spec }, ...more });

describe('a deployment', () => {
  it('gets the defaults of the real server', () => {
    expect(created<Deployment>('Deployment', aWorkload()).spec).toEqual({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      selector,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'nginx',
              image: 'nginx:1.27',
              imagePullPolicy: 'IfNotPresent',
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
            },
          ],
          dnsPolicy: 'ClusterFirst',
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
        },
      },
    });
  });

  it('needs no rolling update when it recreates', () => {
    expect(created<Deployment>('Deployment', aWorkload({ strategy: { type: 'Recreate' } })).spec?.strategy).toEqual({ type: 'Recreate' });
    expect(creationErrors('Deployment', aWorkload({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }))).toEqual([
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ]);
  });

  it('may not choose other pods than it makes', () => {
    expect(creationErrors('Deployment', aWorkload({ selector: { matchLabels: { app: 'api' } } }))).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });

  it('must say which pods are its own', () => {
    expect(creationErrors('Deployment', { spec: { template: template() } })).toEqual([
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
    expect(creationErrors('Deployment', aWorkload({ selector: {} }))).toEqual([
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ]);
  });

  it.each([
    [{ replicas: -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [{ minReadySeconds: -1 }, 'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    [
      { minReadySeconds: 600, progressDeadlineSeconds: 600 },
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
    [{ strategy: { type: 'Blue' } }, 'spec.strategy.type: Unsupported value: "Blue": supported values: "Recreate", "RollingUpdate"'],
    [
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      { template: { ...template(), spec: { ...template().spec, restartPolicy: 'Never' } } },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('Deployment', aWorkload(spec))).toEqual([error]);
  });

  it('keeps its selector', () => {
    const changed = aWorkload({ selector: { matchLabels: { app: 'api' } }, template: template({ app: 'api' }) });
    expect(updateErrors('Deployment', aWorkload(), changed)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable',
    ]);
  });

  it('keeps its status when its spec is written', () => {
    const update = updated<Deployment>('Deployment', aWorkload(), aWorkload({}, { status: { replicas: 9 } }));
    expect(update.status).toEqual({});
  });

  it('is shown as kubectl shows it', () => {
    const status = { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 };
    expect(row('Deployment', aWorkload({ replicas: 3 }, { status }), true)).toEqual({
      Name: 'web',
      Ready: '2/3',
      'Up-to-date': 3,
      Available: 1,
      Age: '12h',
      Containers: 'nginx',
      Images: 'nginx:1.27',
      Selector: 'app=web',
    });
  });
});

describe('a replica set', () => {
  it('gets one replica', () => {
    expect(created<ReplicaSet>('ReplicaSet', aWorkload()).spec?.replicas).toBe(1);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('ReplicaSet', aWorkload({ replicas: 3 }, { status: { replicas: 2, readyReplicas: 1 } }))).toEqual({
      Name: 'web',
      Desired: 3,
      Current: 2,
      Ready: 1,
      Age: '12h',
    });
  });
});

describe('a replication controller', () => {
  it('takes selector and labels of its template', () => {
    expect(created('ReplicationController', { spec: { template: template() } })).toMatchObject({
      metadata: { labels: { app: 'web' } },
      spec: { replicas: 1, selector: { app: 'web' } },
    });
  });

  it('must choose pods', () => {
    expect(creationErrors('ReplicationController', { spec: { template: { spec: template().spec } } })).toContain(
      'spec.selector: Required value',
    );
  });
});

describe('a stateful set', () => {
  it('gets the defaults of the real server', () => {
    const set = created<StatefulSet>(
      'StatefulSet',
      aWorkload({ volumeClaimTemplates: [{ metadata: { name: 'www' }, spec: { accessModes: ['ReadWriteOnce'] } }] }),
    );
    expect(set.spec).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } },
      ],
    });
  });

  it('changes little once it is there', () => {
    expect(updateErrors('StatefulSet', aWorkload({ serviceName: 'a' }), aWorkload({ serviceName: 'b' }))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
    expect(updateErrors('StatefulSet', aWorkload(), aWorkload({ replicas: 5 }))).toEqual([]);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('StatefulSet', aWorkload({ replicas: 2 }, { status: { readyReplicas: 1 } }), true)).toEqual({
      Name: 'web',
      Ready: '1/2',
      Age: '12h',
      Containers: 'nginx',
      Images: 'nginx:1.27',
    });
  });
});

describe('a daemon set', () => {
  it('gets the defaults of the real server', () => {
    const set = created<DaemonSet>('DaemonSet', aWorkload());
    expect(set.spec).toMatchObject({
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
    expect(set.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '1' });
  });

  it('counts the changes of its template', () => {
    const changed = aWorkload({ template: template({ app: 'web', tier: 'front' }) });
    expect(updated('DaemonSet', aWorkload({}, { metadata: { generation: 1 } }), changed).metadata.annotations).toEqual({
      'deprecated.daemonset.template.generation': '2',
    });
    expect(updated('DaemonSet', aWorkload(), aWorkload({ minReadySeconds: 5 })).metadata.annotations).toEqual({
      'deprecated.daemonset.template.generation': '1',
    });
  });

  it('is shown as kubectl shows it', () => {
    const status = {
      desiredNumberScheduled: 3,
      currentNumberScheduled: 2,
      numberReady: 1,
      updatedNumberScheduled: 2,
      numberAvailable: 1,
      numberMisscheduled: 0,
    };
    const object = aWorkload({ template: { ...template(), spec: { ...template().spec, nodeSelector: { disk: 'ssd' } } } }, { status });
    expect(row('DaemonSet', object)).toEqual({
      Name: 'web',
      Desired: 3,
      Current: 2,
      Ready: 1,
      'Up-to-date': 2,
      Available: 1,
      'Node Selector': 'disk=ssd',
      Age: '12h',
    });
  });
});

describe('a controller revision', () => {
  it('never changes', () => {
    expect(updateErrors('ControllerRevision', { data: { a: 1 }, revision: 1 }, { data: { a: 2 }, revision: 1 })).toEqual([
      'data: Invalid value: {"a":2}: field is immutable',
    ]);
  });

  it('names its owner', () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u', controller: true }];
    expect(row('ControllerRevision', { metadata: { ownerReferences }, revision: 3 })).toEqual({
      Name: 'web',
      Controller: 'statefulset.apps/db',
      Revision: 3,
      Age: '12h',
    });
  });
});

describe('every workload', () => {
  it.each(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController', 'Job', 'CronJob'])(
    'warns of what its pods should not do: %s',
    (kind) => {
      const bad = { containers: [{ name: 'a', image: 'a', env: [{ name: 'X' }, { name: 'X' }] }] };
      const spec =
        kind === 'CronJob' ? { jobTemplate: { spec: { template: { spec: bad } } } } : { selector, template: { metadata: {}, spec: bad } };
      const at = kind === 'CronJob' ? 'spec.jobTemplate.spec.template.spec' : 'spec.template.spec';
      expect(kindOf(kind).warnings?.(created(kind, { spec }))).toEqual([
        `${at}.containers[0].env[1]: hides previous definition of "X", which may be dropped when using apply`,
      ]);
    },
  );
});
