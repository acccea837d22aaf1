// A pod's spec as the server holds it: Go's field names and order, with every absent field as its zero value. Refusals show it.
import type { PodSpec } from './pod-types.ts';

/** How one field is held: absent as null, as "", 0 or false, or as an object or list of objects of its own. */
type Form = 'null' | '""' | '0' | 'false' | Shape | [Shape];
interface Shape {
  readonly [field: string]: Form;
}

const environmentVariable: Shape = { Name: '""', Value: '""', ValueFrom: 'null' };
const resources: Shape = { Limits: 'null', Requests: 'null', Claims: 'null' };
const containerPort: Shape = { Name: '""', HostPort: '0', ContainerPort: '0', Protocol: '""', HostIP: '""' };
const volumeMount: Shape = {
  Name: '""',
  ReadOnly: 'false',
  RecursiveReadOnly: 'null',
  MountPath: '""',
  SubPath: '""',
  MountPropagation: 'null',
  SubPathExpr: '""',
};
const container: Shape = {
  Name: '""',
  Image: '""',
  Command: 'null',
  Args: 'null',
  WorkingDir: '""',
  Ports: [containerPort],
  EnvFrom: 'null',
  Env: [environmentVariable],
  Resources: resources,
  ResizePolicy: 'null',
  RestartPolicy: 'null',
  RestartPolicyRules: 'null',
  VolumeMounts: [volumeMount],
  VolumeDevices: 'null',
  LivenessProbe: 'null',
  ReadinessProbe: 'null',
  StartupProbe: 'null',
  Lifecycle: 'null',
  TerminationMessagePath: '""',
  TerminationMessagePolicy: '""',
  ImagePullPolicy: '""',
  SecurityContext: 'null',
  Stdin: 'false',
  StdinOnce: 'false',
  TTY: 'false',
};
const volume: Shape = {
  Name: '""',
  HostPath: 'null',
  EmptyDir: 'null',
  GCEPersistentDisk: 'null',
  AWSElasticBlockStore: 'null',
  GitRepo: 'null',
  Secret: 'null',
  NFS: 'null',
  ISCSI: 'null',
  Glusterfs: 'null',
  PersistentVolumeClaim: 'null',
  RBD: 'null',
  Quobyte: 'null',
  FlexVolume: 'null',
  Cinder: 'null',
  CephFS: 'null',
  Flocker: 'null',
  DownwardAPI: 'null',
  FC: 'null',
  AzureFile: 'null',
  ConfigMap: 'null',
  VsphereVolume: 'null',
  AzureDisk: 'null',
  PhotonPersistentDisk: 'null',
  Projected: 'null',
  PortworxVolume: 'null',
  ScaleIO: 'null',
  StorageOS: 'null',
  CSI: 'null',
  Ephemeral: 'null',
  Image: 'null',
};
const toleration: Shape = { Key: '""', Operator: '""', Value: '""', Effect: '""', TolerationSeconds: 'null' };
const securityContext: Shape = {
  HostNetwork: 'false',
  HostPID: 'false',
  HostIPC: 'false',
  ShareProcessNamespace: 'null',
  HostUsers: 'null',
  SELinuxOptions: 'null',
  WindowsOptions: 'null',
  RunAsUser: 'null',
  RunAsGroup: 'null',
  RunAsNonRoot: 'null',
  SupplementalGroups: 'null',
  SupplementalGroupsPolicy: 'null',
  FSGroup: 'null',
  FSGroupChangePolicy: 'null',
  Sysctls: 'null',
  SeccompProfile: 'null',
  AppArmorProfile: 'null',
  SELinuxChangePolicy: 'null',
};
const podSpec: Shape = {
  Volumes: [volume],
  InitContainers: [container],
  Containers: [container],
  EphemeralContainers: 'null',
  RestartPolicy: '""',
  TerminationGracePeriodSeconds: 'null',
  ActiveDeadlineSeconds: 'null',
  DNSPolicy: '""',
  NodeSelector: 'null',
  ServiceAccountName: '""',
  AutomountServiceAccountToken: 'null',
  NodeName: '""',
  SecurityContext: securityContext,
  ImagePullSecrets: 'null',
  Hostname: '""',
  Subdomain: '""',
  SetHostnameAsFQDN: 'null',
  Affinity: 'null',
  SchedulerName: '""',
  Tolerations: [toleration],
  HostAliases: 'null',
  PriorityClassName: '""',
  Priority: 'null',
  PreemptionPolicy: 'null',
  DNSConfig: 'null',
  ReadinessGates: 'null',
  RuntimeClassName: 'null',
  Overhead: 'null',
  EnableServiceLinks: 'null',
  TopologySpreadConstraints: 'null',
  OS: 'null',
  SchedulingGates: 'null',
  ResourceClaims: 'null',
  Resources: 'null',
  HostnameOverride: 'null',
};

export function internalPodSpec(spec: PodSpec): Record<string, unknown> {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers } = spec;
  return shaped(
    { ...spec, securityContext: { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers, ...spec.securityContext } },
    podSpec,
  );
}

function shaped(value: object, shape: Shape): Record<string, unknown> {
  const fields = new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field as unknown]));
  return Object.fromEntries(Object.entries(shape).map(([name, form]) => [name, held(fields.get(name.toLowerCase()), form)]));
}

function held(value: unknown, form: Form): unknown {
  if (Array.isArray(form)) {
    return Array.isArray(value) ? value.map((item: unknown) => shaped((item ?? {}) as object, form[0])) : null;
  }
  if (typeof form === 'object') {
    return shaped((value ?? {}) as object, form);
  }
  return value === undefined || value === null ? (JSON.parse(form) as unknown) : goNamed(value);
}

/** What has no table here: the same names with a capital, in the order they came. Keys of maps keep their case. */
function goNamed(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => goNamed(item));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      isMap || !/^[a-z][A-Za-z]*$/.test(key) ? key : key[0]?.toUpperCase() + key.slice(1),
      goNamed(field, ['nodeSelector', 'limits', 'requests', 'matchLabels'].includes(key)),
    ]),
  );
}
