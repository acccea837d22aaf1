import { describe, expect, it } from 'vitest';
import { created, creationErrors, kindOf, row, updateErrors } from './submit.ts';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const cpu = (target: object) => ({ type: 'Resource', resource: { name: 'cpu', target } });
const anAutoscaler = (spec: object = {}, more: object = {}) => ({
  apiVersion: 'autoscaling/v2',
  spec: { scaleTargetRef, maxReplicas: 5, ...spec },
  ...more,
});

describe('an autoscaler', () => {
  it('keeps at least one replica at 80 % of cpu unless told otherwise', () => {
    expect(created('HorizontalPodAutoscaler', anAutoscaler())).toMatchObject({
      spec: { minReplicas: 1, metrics: [cpu({ type: 'Utilization', averageUtilization: 80 })] },
      status: { currentMetrics: null, desiredReplicas: 0 },
    });
  });

  it('scales at the pace of the real server when a behavior is named', () => {
    expect(created('HorizontalPodAutoscaler', anAutoscaler({ behavior: { scaleUp: {}, scaleDown: {} } }))).toMatchObject({
      spec: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 15 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
        },
      },
    });
  });

  it.each([
    [{ minReplicas: 5, maxReplicas: 2 }, 'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
    [{ maxReplicas: 0, minReplicas: undefined }, 'spec.maxReplicas: Invalid value: 0: must be greater than 0'],
    [{ minReplicas: 0 }, 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    [{ scaleTargetRef: { kind: 'Deployment' } }, 'spec.scaleTargetRef.name: Required value'],
    [
      { metrics: [cpu({ type: 'Utilization', averageUtilization: 0 })] },
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
    ],
    [
      { metrics: [{ type: 'Resource' }] },
      'spec.metrics[0].resource: Required value: must populate information for the given metric source',
    ],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('HorizontalPodAutoscaler', anAutoscaler(spec))).toContain(error);
  });

  it.each([
    [[cpu({ type: 'Utilization', averageUtilization: 70 })], undefined, 'cpu: <unknown>/70%'],
    [
      [cpu({ type: 'Utilization', averageUtilization: 70 })],
      [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '12m' } } }],
      'cpu: 12%/70%',
    ],
    [[cpu({ type: 'AverageValue', averageValue: '500m' })], undefined, 'cpu: <unknown>/500m'],
    [[], undefined, '<none>'],
  ])('shows the metrics %j with %j as %s', (metrics, currentMetrics, text) => {
    const object = anAutoscaler({ metrics, minReplicas: 2 }, { status: { currentMetrics, currentReplicas: 3, desiredReplicas: 3 } });
    expect(row('HorizontalPodAutoscaler', object)).toEqual({
      Name: 'web',
      Reference: 'Deployment/web',
      Targets: text,
      MinPods: '2',
      MaxPods: 5,
      Replicas: 3,
      Age: '12h',
    });
  });

  it('is the same object in its older version', () => {
    const old = kindOf('HorizontalPodAutoscaler', 'autoscaling/v1');
    const object = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', uid: 'a-uid' },
      spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
      status: { currentReplicas: 3, desiredReplicas: 3 },
    };
    const stored = old.storedAs?.toStored(object as never);
    expect(stored).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { minReplicas: 2, maxReplicas: 5, metrics: [cpu({ type: 'Utilization', averageUtilization: 70 })] },
    });
    expect(old.storedAs?.fromStored(stored as never)).toEqual(object);
  });

  it('keeps in annotations what its older version cannot say', () => {
    const old = kindOf('HorizontalPodAutoscaler', 'autoscaling/v1');
    const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } };
    const stored = created(
      'HorizontalPodAutoscaler',
      anAutoscaler({ metrics: [memory], behavior: { scaleDown: { selectPolicy: 'Disabled' } } }),
    );
    const view = old.storedAs?.fromStored(stored as never);
    expect(view?.metadata.annotations).toEqual({
      'autoscaling.alpha.kubernetes.io/metrics': JSON.stringify([memory]),
      'autoscaling.alpha.kubernetes.io/behavior': expect.stringContaining('"selectPolicy":"Disabled"') as string,
    });
    expect(old.storedAs?.toStored(view as never)).toMatchObject({
      spec: { metrics: [memory], behavior: { scaleDown: { selectPolicy: 'Disabled' } } },
    });
  });
});

describe('a disruption budget', () => {
  it.each([
    [
      { minAvailable: 1, maxUnavailable: 1 },
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
    [{ minAvailable: -1 }, 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    [
      { minAvailable: 'half' },
      "spec.minAvailable: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [{ maxUnavailable: '200%' }, 'spec.maxUnavailable: Invalid value: "200%": must not be greater than 100%'],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('PodDisruptionBudget', { spec })).toEqual([error]);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('PodDisruptionBudget', { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 2 } })).toEqual({
      Name: 'web',
      'Min Available': '50%',
      'Max Unavailable': 'N/A',
      'Allowed Disruptions': 2,
      Age: '12h',
    });
  });
});

describe('roles', () => {
  it.each([
    [{ verbs: [] }, 'rules[0].verbs: Required value: verbs must contain at least one value'],
    [{ apiGroups: [] }, 'rules[0].apiGroups: Required value: resource rules must supply at least one api group'],
    [{ resources: [] }, 'rules[0].resources: Required value: resource rules must supply at least one resource'],
    [{ nonResourceURLs: ['/x'] }, 'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
  ])('refuse the rule %j', (rule, error) => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }];
    expect(creationErrors('Role', { rules })).toContain(error);
  });

  it('are shown by the time of their making', () => {
    expect(row('ClusterRole', { rules: [] })).toEqual({ Name: 'web', 'Created At': '2026-01-01T00:00:00Z' });
  });
});

describe('a role binding', () => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };

  it('knows the groups of its subjects', () => {
    const subjects = [
      { kind: 'User', name: 'ann' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
    ];
    expect(created('RoleBinding', { roleRef: { kind: 'Role', name: 'reader' }, subjects })).toMatchObject({
      roleRef,
      subjects: [
        { kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
      ],
    });
  });

  it('of the whole cluster says where its service accounts live', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'a' }];
    expect(creationErrors('ClusterRoleBinding', { roleRef: { ...roleRef, kind: 'ClusterRole' }, subjects })).toEqual([
      'subjects[0].namespace: Required value',
    ]);
  });

  it('always gives the same role', () => {
    expect(updateErrors('RoleBinding', { roleRef }, { roleRef: { ...roleRef, name: 'writer' } })).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"writer"}: cannot change roleRef',
    ]);
  });

  it.each([
    [{ roleRef: { ...roleRef, kind: 'Rule' } }, 'roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole"'],
    [{ roleRef: { ...roleRef, name: '' } }, 'roleRef.name: Required value'],
    [{ subjects: [{ kind: 'User' }] }, 'subjects[0].name: Required value'],
    [
      { subjects: [{ kind: 'Robot', name: 'a' }] },
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
  ])('refuses %j', (change, error) => {
    expect(creationErrors('RoleBinding', { roleRef, ...change })).toEqual([error]);
  });

  it('is shown as kubectl shows it', () => {
    const subjects = [
      { kind: 'User', name: 'ann' },
      { kind: 'Group', name: 'devs' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'team' },
    ];
    expect(row('RoleBinding', { roleRef, subjects }, true)).toEqual({
      Name: 'web',
      Role: 'Role/reader',
      Age: '12h',
      Users: 'ann',
      Groups: 'devs',
      ServiceAccounts: 'team/robot',
    });
  });
});
