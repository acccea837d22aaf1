import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../../../lab-server/embedded/kubernetes/validation/pod-types.ts';
import { validatePodSpec } from '../../../../lab-server/embedded/kubernetes/validation/pod-spec.ts';
import { created } from '../resources/submit.ts';
import type { Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';

/** The errors of a spec after defaulting, as a pod's creation would find them. */
function errors(spec: object): string[] {
  const pod = created<Pod>('Pod', { spec });
  return validatePodSpec(pod.spec as PodSpec, 'spec', true).map(({ field, message }) => `${field}: ${message}`);
}

const aContainer = (more: object = {}) => ({ name: 'web', image: 'nginx', ...more });
const withContainer = (more: object) => errors({ containers: [aContainer(more)] });
const withSpec = (more: object) => errors({ containers: [aContainer()], ...more });

const label = (value: string) =>
  `Invalid value: "${value}": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;

describe('containers', () => {
  it('are needed', () => {
    expect(errors({ containers: [] })).toEqual(['spec.containers: Required value']);
  });

  it.each([
    [{ name: '' }, ['spec.containers[0].name: Required value']],
    [{ name: 'Web' }, [`spec.containers[0].name: ${label('Web')}`]],
    [{ image: '' }, ['spec.containers[0].image: Required value']],
    [
      { imagePullPolicy: 'Sometimes' },
      ['spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"'],
    ],
    [
      { terminationMessagePolicy: 'Tape' },
      ['spec.containers[0].terminationMessagePolicy: Unsupported value: "Tape": supported values: "File", "FallbackToLogsOnError"'],
    ],
  ])('%j are refused', (container, expected) => {
    expect(withContainer(container)).toEqual(expected);
  });

  it('have names of their own, init containers included', () => {
    expect(errors({ containers: [aContainer(), aContainer()] })).toEqual(['spec.containers[1].name: Duplicate value: "web"']);
    expect(errors({ initContainers: [aContainer()], containers: [aContainer()] })).toEqual([
      'spec.initContainers[0].name: Duplicate value: "web"',
    ]);
  });

  it('that run before the others have no probes unless they stay', () => {
    const probe = { exec: { command: ['true'] } };
    expect(errors({ initContainers: [aContainer({ name: 'a', readinessProbe: probe })], containers: [aContainer()] })).toEqual([
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ]);
    expect(
      errors({ initContainers: [aContainer({ name: 'a', restartPolicy: 'Always', readinessProbe: probe })], containers: [aContainer()] }),
    ).toEqual([]);
  });
});

describe('ports', () => {
  it.each([
    [[{ containerPort: 0 }], ['spec.containers[0].ports[0].containerPort: Required value']],
    [
      [{ containerPort: 65_536 }],
      ['spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive'],
    ],
    [
      [{ containerPort: 80, protocol: 'HTTP' }],
      ['spec.containers[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
    ],
    [
      [
        { name: 'a', containerPort: 80 },
        { name: 'a', containerPort: 81 },
      ],
      ['spec.containers[0].ports[1].name: Duplicate value: "a"'],
    ],
    [
      [{ name: '80', containerPort: 80 }],
      ['spec.containers[0].ports[0].name: Invalid value: "80": must contain at least one letter (a-z)'],
    ],
    [
      [{ name: 'a-very-long-name', containerPort: 80 }],
      ['spec.containers[0].ports[0].name: Invalid value: "a-very-long-name": must be no more than 15 characters'],
    ],
  ])('%j are refused', (ports, expected) => {
    expect(withContainer({ ports })).toEqual(expected);
  });

  it('of the host serve one container each', () => {
    const ports = [{ containerPort: 80, hostPort: 8080 }];
    expect(errors({ containers: [aContainer({ ports }), aContainer({ name: 'b', ports })] })).toEqual([
      'spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"',
    ]);
  });
});

describe('variables', () => {
  it.each([
    [[{ name: '', value: 'x' }], ['spec.containers[0].env[0].name: Required value']],
    [
      [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      [{ name: 'A', valueFrom: {} }],
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ],
    ],
    [
      [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.color' } } }],
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.color": error converting fieldPath: field label not supported: metadata.color',
      ],
    ],
    [
      [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c' } } }],
      ['spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value'],
    ],
  ])('%j are refused', (env, expected) => {
    expect(withContainer({ env })).toEqual(expected);
  });
});

describe('mounts', () => {
  it('are of volumes that the pod has', () => {
    expect(withContainer({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })).toEqual([
      'spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ]);
  });

  it('each have a place', () => {
    const volumes = [{ name: 'data', emptyDir: {} }];
    const mount = (more: object) => ({ name: 'data', mountPath: '/data', ...more });
    const mounts = (...volumeMounts: object[]) => errors({ volumes, containers: [aContainer({ volumeMounts })] });
    expect(mounts(mount({ mountPath: '' }))).toEqual(['spec.containers[0].volumeMounts[0].mountPath: Required value']);
    expect(mounts(mount({}), mount({}))).toEqual(['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/data": must be unique']);
    expect(mounts(mount({ subPath: '../x' }))).toEqual([
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain \'..\'',
    ]);
    expect(mounts(mount({ subPath: '/x' }))).toEqual([
      'spec.containers[0].volumeMounts.subPath: Invalid value: "/x": must be a relative path',
    ]);
  });
});

describe('volumes', () => {
  it.each([
    [[{ name: 'Data', emptyDir: {} }], [`spec.volumes[0].name: ${label('Data')}`]],
    [
      [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }],
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      [
        { name: 'a', emptyDir: {} },
        { name: 'a', emptyDir: {} },
      ],
      ['spec.volumes[1].name: Duplicate value: "a"'],
    ],
    [[{ name: 'a', configMap: {} }], ['spec.volumes[0].configMap.name: Required value']],
    [[{ name: 'a', secret: {} }], ['spec.volumes[0].secret.secretName: Required value']],
    [[{ name: 'a', persistentVolumeClaim: { claimName: '' } }], ['spec.volumes[0].persistentVolumeClaim.claimName: Required value']],
    [
      [{ name: 'a', configMap: { name: 'c', defaultMode: 0o1000 } }],
      ['spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive'],
    ],
    [
      [{ name: 'a', configMap: { name: 'c', items: [{ key: 'k', path: '/x' }] } }],
      ['spec.volumes[0].configMap.items[0].path: Invalid value: "/x": must be a relative path'],
    ],
    [
      [{ name: 'a', hostPath: { path: '/x', type: 'Lane' } }],
      [
        'spec.volumes[0].hostPath.type: Unsupported value: "Lane": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
  ])('%j are refused', (volumes, expected) => {
    expect(withSpec({ volumes })).toEqual(expected);
  });
});

describe('probes', () => {
  it.each([
    [{}, ['spec.containers[0].livenessProbe: Required value: must specify a handler type']],
    [
      { exec: { command: ['a'] }, tcpSocket: { port: 80 } },
      ['spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ],
    [{ exec: { command: [] } }, ['spec.containers[0].livenessProbe.exec.command: Required value']],
    [{ httpGet: { port: 0 } }, ['spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive']],
    [
      { httpGet: { port: 80, scheme: 'FTP' } },
      ['spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"'],
    ],
    [{ tcpSocket: { port: 80 }, successThreshold: 2 }, ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1']],
    [
      { tcpSocket: { port: 80 }, periodSeconds: -1 },
      ['spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
  ])('%j are refused', (livenessProbe, expected) => {
    expect(withContainer({ livenessProbe })).toEqual(expected);
  });
});

describe('resources', () => {
  it.each([
    [
      { requests: { cpu: '2' }, limits: { cpu: '1' } },
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      { limits: { memory: '-1' } },
      [
        'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      { requests: { 'example.com/gpu': '1' } },
      ['spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources'],
    ],
    [
      { limits: { 'example.com/gpu': '500m' } },
      [
        'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
        'spec.containers[0].resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
      ],
    ],
  ])('%j are refused', (resources, expected) => {
    expect(withContainer({ resources })).toEqual(expected);
  });
});

describe('the rest of a pod', () => {
  it.each([
    [
      { restartPolicy: 'Sometimes' },
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      { dnsPolicy: 'Fast' },
      ['spec.dnsPolicy: Unsupported value: "Fast": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'],
    ],
    [{ dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
    [{ activeDeadlineSeconds: 0 }, ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive']],
    [{ hostname: 'A' }, [`spec.hostname: ${label('A')}`]],
    [
      { nodeSelector: { a: 'b c' } },
      [
        "spec.nodeSelector: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
      ['spec.tolerations[0].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\''],
    ],
    [
      { tolerations: [{ key: 'a', operator: 'Equal', effect: 'Never' }] },
      ['spec.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
    ],
    [
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    ],
    [
      { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {} }] } } },
      [
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
        "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ],
    [
      { securityContext: { runAsUser: -1 } },
      ['spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    ],
  ])('%j is refused', (more, expected) => {
    expect(withSpec(more)).toEqual(expected);
  });

  it('does not give privileges with one hand and take them with the other', () => {
    expect(withContainer({ securityContext: { privileged: true, allowPrivilegeEscalation: false } })).toEqual([
      'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ]);
  });
});
