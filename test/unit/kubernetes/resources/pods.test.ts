import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { validatePodResize, validateEphemeralContainersUpdate } from '../../../../lab-server/embedded/kubernetes/validation/pod-updates.ts';
import { created, creationErrors, kindOf, row, updateErrors } from './submit.ts';

const container = { name: 'web', image: 'nginx' };
const aPod = (spec: object = {}, more: object = {}) => ({ spec: { containers: [container], ...spec }, ...more });

describe('the defaults of a pod', () => {
  it('are those of the real server', () => {
    expect(created<Pod>('Pod', aPod({ containers: [{ ...container, ports: [{ containerPort: 80 }] }] }))).toMatchObject({
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx',
            imagePullPolicy: 'Always',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1.27', 'IfNotPresent'],
    ['nginx@sha256:0123', 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    expect(created<Pod>('Pod', aPod({ containers: [{ name: 'web', image }] })).spec?.containers[0]?.imagePullPolicy).toBe(policy);
  });

  it('request what is limited, in canonical quantities', () => {
    const pod = created<Pod>(
      'Pod',
      aPod({ containers: [{ ...container, resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '100m' } } }] }),
    );
    expect(pod.spec?.containers[0]?.resources).toEqual({
      limits: { cpu: '500m', memory: '1Gi' },
      requests: { cpu: '100m', memory: '1Gi' },
    });
    expect(pod.status?.qosClass).toBe('Burstable');
  });

  it('fill probes and volumes', () => {
    const pod = created<Pod>(
      'Pod',
      aPod({
        containers: [
          {
            ...container,
            livenessProbe: { httpGet: { port: 80 } },
            env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }],
          },
        ],
        volumes: [{ name: 'none' }, { name: 'settings', configMap: { name: 'web' } }, { name: 'host', hostPath: { path: '/data' } }],
      }),
    );
    expect(pod.spec?.containers[0]?.livenessProbe).toEqual({
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    expect(pod.spec?.containers[0]?.env?.[0]?.valueFrom?.resourceFieldRef?.divisor).toBe('0');
    expect(pod.spec?.volumes).toEqual([
      { name: 'none', emptyDir: {} },
      { name: 'settings', configMap: { name: 'web', defaultMode: 420 } },
      { name: 'host', hostPath: { path: '/data', type: '' } },
    ]);
  });

  it('do not change what has them', () => {
    const once = created('Pod', aPod({ hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 80 }] }] }));
    const twice = structuredClone(once);
    kindOf('Pod').setDefaults?.(twice);
    expect(twice).toEqual(once);
  });

  it('say so where a gate keeps the pod from being scheduled', () => {
    expect(row('Pod', created('Pod', aPod({ schedulingGates: [{ name: 'example.com/wait' }] })) as never)['Status']).toBe(
      'SchedulingGated',
    );
  });
});

describe('the row of a pod', () => {
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
  const status = (containerStatuses: object[], more: object = {}) => aPod({}, { status: { phase: 'Running', containerStatuses, ...more } });

  it.each<[string, object, string]>([
    ['Running', { state: running, ready: true }, '1/1'],
    ['CrashLoopBackOff', { state: { waiting: { reason: 'CrashLoopBackOff' } } }, '0/1'],
    ['ImagePullBackOff', { state: { waiting: { reason: 'ImagePullBackOff' } } }, '0/1'],
    ['Completed', { state: { terminated: { reason: 'Completed', exitCode: 0 } } }, '0/1'],
    ['OOMKilled', { state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }, '0/1'],
    ['ExitCode:3', { state: { terminated: { exitCode: 3 } } }, '0/1'],
    ['Signal:9', { state: { terminated: { exitCode: 137, signal: 9 } } }, '0/1'],
  ])('shows %s', (text, one, ready) => {
    expect(row('Pod', status([{ name: 'web', restartCount: 0, ...one }]))).toMatchObject({ Status: text, Ready: ready });
  });

  it('counts restarts and says when the last was', () => {
    const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T11:55:00Z' } };
    expect(row('Pod', status([{ name: 'web', restartCount: 3, state: running, ready: true, lastState }]))['Restarts']).toBe('3 (5m ago)');
    expect(row('Pod', status([{ name: 'web', restartCount: 0, state: running }]))['Restarts']).toBe('0');
  });

  it.each<[string, object]>([
    ['Init:0/2', { state: running }],
    ['Init:CrashLoopBackOff', { state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    ['Init:0/2', { state: { waiting: { reason: 'PodInitializing' } } }],
    ['Init:Error', { state: { terminated: { reason: 'Error', exitCode: 1 } } }],
    ['Init:ExitCode:2', { state: { terminated: { exitCode: 2 } } }],
  ])('shows %s while init containers run', (text, first) => {
    const pod = aPod(
      {
        initContainers: [
          { name: 'a', image: 'busybox' },
          { name: 'b', image: 'busybox' },
        ],
      },
      {
        status: {
          phase: 'Pending',
          initContainerStatuses: [
            { name: 'a', ...first },
            { name: 'b', state: { waiting: { reason: 'PodInitializing' } } },
          ],
        },
      },
    );
    expect(row('Pod', pod)).toMatchObject({ Status: text, Ready: '0/1' });
  });

  it('counts sidecars among the containers', () => {
    const pod = aPod(
      { initContainers: [{ name: 'proxy', image: 'envoy', restartPolicy: 'Always' }] },
      {
        status: {
          phase: 'Running',
          initContainerStatuses: [{ name: 'proxy', started: true, ready: true, restartCount: 2, state: running }],
          containerStatuses: [{ name: 'web', ready: true, restartCount: 1, state: running }],
        },
      },
    );
    expect(row('Pod', pod)).toMatchObject({ Ready: '2/2', Status: 'Running', Restarts: '3' });
  });

  it('shows Terminating once it is deleted, unless it has ended', () => {
    const metadata = { deletionTimestamp: '2026-01-01T11:00:00Z' };
    expect(row('Pod', { ...status([{ name: 'web', state: running, ready: true }]), metadata })['Status']).toBe('Terminating');
    const ended = aPod(
      {},
      { status: { phase: 'Succeeded', containerStatuses: [{ name: 'web', state: { terminated: { reason: 'Completed', exitCode: 0 } } }] } },
    );
    expect(row('Pod', { ...ended, metadata })['Status']).toBe('Completed');
    expect(row('Pod', { ...aPod({}, { status: { phase: 'Running', reason: 'NodeLost' } }), metadata })['Status']).toBe('Unknown');
  });

  it('shows NotReady where one container is done and another runs without being ready', () => {
    const pod = status([
      { name: 'a', state: { terminated: { reason: 'Completed', exitCode: 0 } } },
      { name: 'b', state: running, ready: true },
    ]);
    expect(row('Pod', pod)['Status']).toBe('NotReady');
  });

  it('has the columns of kubectl get pods -o wide', () => {
    const pod = aPod(
      { nodeName: 'minikube', readinessGates: [{ conditionType: 'example.com/live' }] },
      { status: { phase: 'Running', podIPs: [{ ip: '10.244.0.3' }], conditions: [{ type: 'example.com/live', status: 'True' }] } },
    );
    expect(row('Pod', pod, true)).toEqual({
      Name: 'web',
      Ready: '0/1',
      Status: 'Running',
      Restarts: '0',
      Age: '12h',
      IP: '10.244.0.3',
      Node: 'minikube',
      'Nominated Node': '<none>',
      'Readiness Gates': '1/1',
    });
  });
});

describe('a change of a pod', () => {
  const old = aPod({ containers: [{ name: 'web', image: 'nginx:1.26', ports: [{ containerPort: 80 }] }] });

  it('may be of an image, of added tolerations, of a first deadline', () => {
    const changed = aPod({
      containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }],
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      activeDeadlineSeconds: 60,
    });
    // The pull policy was settled by the first image.
    Object.assign(changed.spec.containers[0] ?? {}, { imagePullPolicy: 'IfNotPresent' });
    expect(updateErrors('Pod', old, changed)).toEqual([]);
  });

  it('may not be of anything else, and the refusal shows what it was', () => {
    const changed = aPod({ containers: [{ name: 'web', image: 'nginx:1.26', ports: [{ containerPort: 81 }] }] });
    expect(updateErrors('Pod', old, changed)).toEqual([
      [
        'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        '@@ -12,7 +12,7 @@',
        '     {',
        '      "Name": "",',
        '      "HostPort": 0,',
        '-     "ContainerPort": 80,',
        '+     "ContainerPort": 81,',
        '      "Protocol": "TCP",',
        '      "HostIP": ""',
        '     }',
        '',
      ].join('\n'),
    ]);
  });

  it('may not add or remove containers, shorten a toleration list or lengthen a deadline', () => {
    expect(updateErrors('Pod', old, aPod({ containers: [...old.spec.containers, { name: 'b', image: 'busybox' }] }))).toEqual([
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
    expect(updateErrors('Pod', aPod({ tolerations: [{ key: 'a', operator: 'Exists' }] }), aPod())).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
    expect(updateErrors('Pod', aPod({ activeDeadlineSeconds: 10 }), aPod({ activeDeadlineSeconds: 20 }))).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
    ]);
  });

  it('of its size keeps its quality of service', () => {
    const sized = (cpu: string, limit?: string) =>
      created<Pod>(
        'Pod',
        aPod({ containers: [{ ...container, resources: { requests: { cpu }, ...(limit && { limits: { cpu: limit } }) } }] }),
      );
    expect(validatePodResize(sized('200m'), sized('100m'), [])).toEqual([]);
    const guaranteed = created<Pod>('Pod', aPod({ containers: [{ ...container, resources: { limits: { cpu: '1', memory: '1Gi' } } }] }));
    expect(validatePodResize(sized('1'), guaranteed, []).map(({ message }) => message)).toContain(
      'Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
    );
  });

  it('of its ephemeral containers only adds', () => {
    const withDebugger = created<Pod>('Pod', aPod({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }));
    expect(validateEphemeralContainersUpdate(withDebugger, created<Pod>('Pod', aPod()), [])).toEqual([]);
    expect(validateEphemeralContainersUpdate(created<Pod>('Pod', aPod()), withDebugger, [])).toEqual([
      {
        type: 'FieldValueForbidden',
        field: 'spec.ephemeralContainers',
        message: 'Forbidden: existing ephemeral containers "debug" may not be removed\n',
      },
    ]);
  });
});

describe('a new pod', () => {
  it('must not come with ephemeral containers, nor with a node while gates hold it', () => {
    expect(creationErrors('Pod', aPod({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }))).toEqual([
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ]);
    expect(creationErrors('Pod', aPod({ nodeName: 'minikube', schedulingGates: [{ name: 'wait' }] }))).toEqual([
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ]);
  });

  it('must name an image without spaces around it', () => {
    expect(creationErrors('Pod', aPod({ containers: [{ name: 'web', image: ' nginx' }] }))).toEqual([
      'spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace',
    ]);
  });

  it('is warned about what is accepted but likely wrong', () => {
    const pod = created(
      'Pod',
      aPod({
        nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
        containers: [
          {
            ...container,
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 80 }],
            resources: { limits: { memory: '128m' } },
          },
        ],
      }),
    );
    expect(kindOf('Pod').warnings?.(pod)).toEqual([
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.containers[0].resources.limits[memory]: fractional byte value "128m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "128m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
  });

  it('is found by the fields that field selectors may name', () => {
    const pod = created('Pod', aPod({ nodeName: 'minikube' }));
    expect(kindOf('Pod').selectableFields?.(pod)).toMatchObject({
      'spec.nodeName': 'minikube',
      'status.phase': 'Pending',
      'spec.hostNetwork': 'false',
    });
  });

  it('needs no time to stop before it runs', () => {
    const grace = (pod: object) => kindOf('Pod').defaultGracePeriodSeconds?.(created('Pod', pod as never));
    expect(grace(aPod())).toBe(0);
    expect(grace(aPod({ nodeName: 'minikube' }))).toBe(30);
    expect(grace(aPod({ nodeName: 'minikube', terminationGracePeriodSeconds: -5 }))).toBe(1);
  });
});
