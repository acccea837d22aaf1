import { describe, expect, it } from 'vitest';
import { admissionPlugins } from '../../../../lab-server/embedded/kubernetes/api/admission/plugins.ts';
import { violations } from '../../../../lab-server/embedded/kubernetes/api/admission/pod-security/checks.ts';
import { rbacEscalation } from '../../../../lab-server/embedded/kubernetes/api/admission/rbac-escalation.ts';
import { Authorizer } from '../../../../lab-server/embedded/kubernetes/api/auth/authorize.ts';
import { createObject } from '../../../../lab-server/embedded/kubernetes/api/objects/create.ts';
import { conformObject } from '../../../../lab-server/embedded/kubernetes/api/decode/object.ts';
import { kindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import type { KubernetesObject, Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { aCore, type TestCore } from './core-builder.ts';

const POD = kindRef<Pod>('v1', 'Pod');
const any = (apiVersion: string, kind: string) => kindRef<KubernetesObject>(apiVersion, kind);

function anAdmittingCore(): TestCore {
  const core = aCore({ plugins: (store) => admissionPlugins(new Authorizer(store)) });
  core.client.create(any('v1', 'Namespace'), { metadata: { name: 'default' } });
  core.client.create(any('v1', 'ServiceAccount'), { metadata: { name: 'default', namespace: 'default' } });
  return core;
}

function aPod(spec: object = {}, container: object = {}): object {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [{ name: 'web', image: 'nginx', ...container }], ...spec },
  };
}

describe('a pod that is let in', () => {
  it('has its account, its token, its tolerations and its priority', () => {
    const { spec } = anAdmittingCore().client.create(POD, aPod());
    const [volume] = spec?.volumes ?? [];
    expect(volume?.name).toMatch(/^kube-api-access-.{5}$/);
    expect(volume?.projected?.sources?.[0]).toEqual({ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } });
    expect(spec?.containers[0]?.volumeMounts).toEqual([
      { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
    expect(spec).toMatchObject({ serviceAccountName: 'default', priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    expect(spec?.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds])).toEqual([
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ]);
  });

  it('owns nothing of what the cluster added', () => {
    const { metadata } = anAdmittingCore().client.create(POD, aPod());
    expect(JSON.stringify(metadata.managedFields)).not.toContain('kube-api-access');
  });

  it('gets no token where it wants none', () => {
    expect(anAdmittingCore().client.create(POD, aPod({ automountServiceAccountToken: false })).spec?.volumes).toBeUndefined();
  });

  it('gets its namespace’s default requests and limits', () => {
    const { client } = anAdmittingCore();
    client.create(any('v1', 'LimitRange'), {
      metadata: { name: 'lr', namespace: 'default' },
      spec: { limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }] },
    });
    const { spec, metadata } = client.create(POD, aPod());
    expect(spec?.containers[0]?.resources).toEqual({ requests: { cpu: '100m' }, limits: { cpu: '500m' } });
    expect(metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu request for container web; cpu limit for container web',
    );
  });
});

describe('a pod is refused', () => {
  it.each([
    [
      'that names no account',
      aPod({ serviceAccountName: 'nobody' }),
      'error looking up service account default/nobody: serviceaccount "nobody" not found',
    ],
    ['that names no priority class', aPod({ priorityClassName: 'none' }), 'no PriorityClass with name none was found'],
    ['in a namespace that is not there', { ...aPod(), metadata: { name: 'web', namespace: 'other' } }, 'namespaces "other" not found'],
  ])('%s', (_, pod, message) => {
    expect(() => anAdmittingCore().client.create(POD, pod)).toThrow(message);
  });

  it('that passes the bounds of its namespace', () => {
    const { client } = anAdmittingCore();
    client.create(any('v1', 'LimitRange'), {
      metadata: { name: 'lr', namespace: 'default' },
      spec: { limits: [{ type: 'Container', max: { cpu: '500m' }, min: { memory: '64Mi' } }] },
    });
    expect(() =>
      client.create(POD, aPod({}, { resources: { limits: { cpu: '1', memory: '32Mi' }, requests: { cpu: '1', memory: '32Mi' } } })),
    ).toThrow('[minimum memory usage per Container is 64Mi, but request is 32Mi, maximum cpu usage per Container is 500m, but limit is 1]');
  });

  it('that its quota has no room for, or cannot count', () => {
    const { client } = anAdmittingCore();
    client.create(any('v1', 'ResourceQuota'), {
      metadata: { name: 'q', namespace: 'default' },
      spec: { hard: { pods: '1', 'limits.memory': '1Gi' } },
    });
    expect(() => client.create(POD, aPod())).toThrow('failed quota: q: must specify limits.memory for: web');
    const counted = aPod({}, { resources: { limits: { memory: '256Mi' } } }) as { metadata: object };
    client.create(POD, counted);
    expect(() => client.create(POD, { ...counted, metadata: { ...counted.metadata, name: 'second' } })).toThrow(
      'pods "second" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
  });
});

describe('the Pod Security Standards', () => {
  const containers = [{ name: 'a' }, { name: 'b' }];
  it('name what a restricted pod lacks', () => {
    expect(violations({ containers: [{ name: 'nginx' }] }, 'restricted')).toEqual([
      'allowPrivilegeEscalation != false (container "nginx" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (container "nginx" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or container "nginx" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or container "nginx" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ]);
  });

  it.each([
    [{ hostNetwork: true, hostPID: true, containers }, ['host namespaces (hostNetwork=true, hostPID=true)']],
    [{ containers, volumes: [{ name: 'v', hostPath: { path: '/' } }] }, ['hostPath volumes (volume "v")']],
    [
      { containers: containers.map((one) => ({ ...one, securityContext: { privileged: true } })) },
      ['privileged (containers "a", "b" must not set securityContext.privileged=true)'],
    ],
    [{ containers: [{ name: 'a', ports: [{ containerPort: 80, hostPort: 80 }] }] }, ['hostPort (container "a" uses hostPort 80)']],
    [
      { containers: [{ name: 'a', securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } }] },
      ['non-default capabilities (container "a" must not include "NET_ADMIN" in securityContext.capabilities.add)'],
    ],
    [{ containers }, []],
  ])('at baseline say of %j: %j', (spec, expected) => {
    expect(violations(spec, 'baseline')).toEqual(expected);
  });

  it('let everything be privileged that is to be', () => {
    expect(violations({ hostNetwork: true, containers }, 'privileged')).toEqual([]);
  });
});

describe('a role', () => {
  it('cannot grant what its writer does not have', () => {
    const core = aCore({ plugins: (store) => [rbacEscalation(new Authorizer(store))] });
    const roles = core.resource('roles', 'rbac.authorization.k8s.io');
    const role = conformObject(roles, {
      metadata: { name: 'r' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'get'] }],
    });
    const write = () =>
      createObject(core, roles, 'default', role, { ...core.context, user: { name: 'bob', groups: ['system:authenticated'] } });
    expect(write).toThrow(
      'user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    );
  });
});

describe('a claim that asks for more', () => {
  const CLAIM = any('v1', 'PersistentVolumeClaim');
  const grow = (allowVolumeExpansion: boolean, phase: string) => {
    const { client } = anAdmittingCore();
    client.create(any('storage.k8s.io/v1', 'StorageClass'), {
      metadata: { name: 'disk' },
      provisioner: 'example.com/disk',
      allowVolumeExpansion,
    });
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'disk', resources: { requests: { storage: '1Gi' } } };
    const created = client.create(CLAIM, { metadata: { name: 'data', namespace: 'default' }, spec });
    const claim = client.updateStatus(CLAIM, { ...created, status: { phase, capacity: { storage: '1Gi' } } });
    return () => client.update(CLAIM, { ...claim, spec: { ...spec, resources: { requests: { storage: '2Gi' } } } });
  };

  it('is heard where its class lets volumes grow', () => {
    expect(grow(true, 'Bound')().spec).toMatchObject({ resources: { requests: { storage: '2Gi' } } });
  });

  it('is refused where its class does not, in the server’s words', () => {
    expect(grow(false, 'Bound')).toThrow(
      'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  });
});
