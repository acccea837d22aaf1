import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { created, creationErrors, kindOf, row, updated, updateErrors } from './submit.ts';

describe('a namespace', () => {
  it('starts active, with the finalizer and the label of the real server', () => {
    expect(created('Namespace', { metadata: { name: 'team' } })).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('has a name that fits into host names', () => {
    expect(creationErrors('Namespace', { metadata: { name: 'a.b' } })).toEqual([
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('Namespace', { status: { phase: 'Terminating' } })).toEqual({ Name: 'web', Status: 'Terminating', Age: '12h' });
  });
});

const nodeStatus = {
  conditions: [{ type: 'Ready', status: 'True' }],
  addresses: [
    { type: 'InternalIP', address: '192.168.49.2' },
    { type: 'Hostname', address: 'minikube' },
  ],
  nodeInfo: {
    kubeletVersion: 'v1.36.2',
    osImage: 'Debian',
    kernelVersion: '6.12',
    architecture: 'amd64',
    containerRuntimeVersion: 'containerd://2.1',
  },
};

describe('a node', () => {
  it('is shown as kubectl shows it', () => {
    const labels = { 'node-role.kubernetes.io/control-plane': '', 'node-role.kubernetes.io/etcd': '', 'kubernetes.io/role': 'master' };
    expect(row('Node', { metadata: { labels }, status: nodeStatus }, true)).toEqual({
      Name: 'web',
      Status: 'Ready',
      Roles: 'control-plane,etcd,master',
      Age: '12h',
      Version: 'v1.36.2',
      'Internal-IP': '192.168.49.2',
      'External-IP': '<none>',
      'OS-Image': 'Debian',
      'Kernel-Version': '6.12 (amd64)',
      'Container-Runtime': 'containerd://2.1',
    });
  });

  it.each([
    [{ conditions: [{ type: 'Ready', status: 'False' }] }, {}, 'NotReady'],
    [{ conditions: [{ type: 'Ready', status: 'Unknown' }] }, {}, 'NotReady'],
    [{}, {}, 'Unknown'],
    [nodeStatus, { unschedulable: true }, 'Ready,SchedulingDisabled'],
  ])('%j with %j is %s', (status, spec, text) => {
    expect(row('Node', { status, spec })).toMatchObject({ Status: text, Roles: '<none>' });
  });

  it.each([
    [[{ key: 'a', effect: 'Never' }], 'Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
    [[{ key: 'a' }], 'Required value'],
  ])('refuses the taints %j', (taints, error) => {
    expect(creationErrors('Node', { spec: { taints } })).toEqual([`metadata.taints[0].effect: ${error}`]);
  });

  it('has each taint once', () => {
    const taint = { key: 'a', effect: 'NoSchedule' };
    expect(creationErrors('Node', { spec: { taints: [taint, taint] } })).toEqual([
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ]);
  });
});

describe('a config map', () => {
  it('counts what it holds', () => {
    expect(row('ConfigMap', { data: { a: '1' }, binaryData: { b: 'AA==' } })).toEqual({ Name: 'web', Data: 2, Age: '12h' });
  });

  it('has keys that can be file names', () => {
    expect(creationErrors('ConfigMap', { data: { 'a b': '' } })).toEqual([
      "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ]);
    expect(creationErrors('ConfigMap', { data: { '..': '' } })).toContain('data[..]: Invalid value: "..": must not be \'..\'');
  });

  it('never changes again once it is immutable', () => {
    const old = { immutable: true, data: { a: '1' } };
    expect(updateErrors('ConfigMap', old, { immutable: true, data: { a: '2' } })).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    expect(updateErrors('ConfigMap', old, { data: { a: '1' } })).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('a secret', () => {
  it('is opaque, and keeps its texts encoded', () => {
    expect(created('Secret', { stringData: { password: 'hunter2' } })).toMatchObject({
      type: 'Opaque',
      data: { password: 'aHVudGVyMg==' },
    });
    expect(created('Secret', { stringData: { password: 'hunter2' } })).not.toHaveProperty('stringData');
  });

  it.each([
    ['kubernetes.io/tls', {}, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['kubernetes.io/dockerconfigjson', {}, ['data[.dockerconfigjson]: Required value']],
    ['kubernetes.io/basic-auth', {}, ['data[username]: Required value', 'data[password]: Required value']],
    ['kubernetes.io/ssh-auth', {}, ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/service-account-token', {}, ['metadata.annotations[kubernetes.io/service-account.name]: Required value']],
  ])('of type %s holds what that type needs', (type, data, errors) => {
    expect(creationErrors('Secret', { type, data })).toEqual(errors);
  });

  it('keeps its type', () => {
    expect(updateErrors('Secret', {}, { type: 'other' })).toEqual(['type: Invalid value: "other": field is immutable']);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('Secret', { type: 'Opaque', data: { a: '' } })).toEqual({ Name: 'web', Type: 'Opaque', Data: 1, Age: '12h' });
  });
});

describe('a service account', () => {
  it('is shown as kubectl 1.36 shows it', () => {
    expect(row('ServiceAccount', {})).toEqual({ Name: 'web', Age: '12h' });
  });
});

describe('a resource quota', () => {
  it('counts nothing yet, in canonical quantities', () => {
    expect(created('ResourceQuota', { spec: { hard: { 'requests.memory': '1024Mi' } } })).toMatchObject({
      spec: { hard: { 'requests.memory': '1Gi' } },
      status: {},
    });
  });

  it('refuses what cannot be counted', () => {
    expect(creationErrors('ResourceQuota', { spec: { hard: { pods: '-1' } } })).toEqual([
      'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
    ]);
    expect(creationErrors('ResourceQuota', { spec: { hard: { stones: '1' } } })).toContain(
      'spec.hard[stones]: Invalid value: "stones": must be a standard resource for quota',
    );
  });

  it('shows what is used of what', () => {
    const hard = { pods: '4', 'requests.cpu': '1', 'limits.cpu': '2' };
    const status = { hard, used: { pods: '1', 'requests.cpu': '100m', 'limits.cpu': '200m' } };
    expect(row('ResourceQuota', { spec: { hard }, status })).toEqual({
      Name: 'web',
      Request: 'pods: 1/4, requests.cpu: 100m/1',
      Limit: 'limits.cpu: 200m/2',
      Age: '12h',
    });
  });
});

describe('a limit range', () => {
  it('derives what is left out of what is said', () => {
    expect(created('LimitRange', { spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } })).toMatchObject({
      spec: { limits: [{ type: 'Container', max: { cpu: '2' }, default: { cpu: '2' }, defaultRequest: { cpu: '2' } }] },
    });
  });

  it('refuses limits that contradict each other', () => {
    expect(creationErrors('LimitRange', { spec: { limits: [{ type: 'Pod', min: { cpu: '3' }, max: { cpu: '2' } }] } })).toEqual([
      'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
    ]);
    expect(creationErrors('LimitRange', { spec: { limits: [{ type: 'Pod', default: { cpu: '3' } }] } })).toEqual([
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ]);
  });

  it('is shown by the time of its making', () => {
    expect(row('LimitRange', {})).toEqual({ Name: 'web', 'Created At': '2026-01-01T00:00:00Z' });
  });
});

describe('component statuses', () => {
  it('are computed, and warn that they are of the past', () => {
    const definition = kindOf('ComponentStatus');
    expect(definition.deprecated).toBe('v1 ComponentStatus is deprecated in v1.19+');
    const all = definition.computed?.() ?? [];
    expect(all.map((one) => one.metadata.name)).toEqual(expect.arrayContaining(['scheduler', 'controller-manager', 'etcd-0']));
    const cells = definition.columns.map((column) => column.cell(all[0] as KubernetesObject, 0));
    expect(cells.slice(1)).toEqual(['Healthy', 'ok', '']);
  });
});

describe('a lease', () => {
  it('is shown by its holder', () => {
    expect(row('Lease', { spec: { holderIdentity: 'me' } })).toEqual({ Name: 'web', Holder: 'me', Age: '12h' });
  });

  it('refuses times that cannot be', () => {
    expect(creationErrors('Lease', { spec: { leaseDurationSeconds: 0 } })).toEqual([
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ]);
  });
});

describe('a priority class', () => {
  it('preempts unless told otherwise', () => {
    expect(created('PriorityClass', { value: 5 })).toMatchObject({ preemptionPolicy: 'PreemptLowerPriority', value: 5 });
  });

  it('leaves the highest values and names to the system', () => {
    expect(creationErrors('PriorityClass', { value: 1_000_000_001 })).toEqual([
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ]);
    expect(creationErrors('PriorityClass', { metadata: { name: 'system-mine' }, value: 1 })).toEqual([
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    ]);
  });

  it('keeps its value', () => {
    expect(updateErrors('PriorityClass', { value: 1 }, { value: 2 })).toEqual(['value: Forbidden: may not be changed in an update.']);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('PriorityClass', { value: 5 })).toEqual({
      Name: 'web',
      Value: 5,
      'Global-Default': false,
      Age: '12h',
      PreemptionPolicy: '',
    });
  });
});

describe('a runtime class', () => {
  it('keeps its handler', () => {
    expect(updateErrors('RuntimeClass', { handler: 'a' }, { handler: 'b' })).toEqual(['handler: Invalid value: "b": field is immutable']);
  });
});

describe('metadata', () => {
  it('has labels and annotations that clients can select by', () => {
    expect(creationErrors('ConfigMap', { metadata: { labels: { app: 'a b' } } })).toEqual([
      "metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ]);
    expect(creationErrors('ConfigMap', { metadata: { annotations: { '/x': '' } } })).toEqual([
      'metadata.annotations: Invalid value: "/x": prefix part must be non-empty',
    ]);
    expect(creationErrors('ConfigMap', { metadata: { annotations: { a: 'x'.repeat(262_145) } } })).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
  });

  it('names owners in full', () => {
    expect(creationErrors('ConfigMap', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod' }] } })).toEqual([
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
  });

  it('keeps its name', () => {
    expect(updated('ConfigMap', {}, {}).metadata.name).toBe('web');
    expect(updateErrors('ConfigMap', {}, { metadata: { uid: 'other' } })).toEqual([
      'metadata.uid: Invalid value: "other": field is immutable',
    ]);
  });
});
