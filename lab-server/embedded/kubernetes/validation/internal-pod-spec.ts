// Pods' specs and templates in the form in which the server holds them.
import type { PodTemplateSpec } from '../types.ts';
import { inGoForm, type Shape } from './go-form.ts';
import type { PodSpec } from './pod-types.ts';

const environmentVariable: Shape = { Name: '""', Value: '""', ValueFrom: 'null' };
const resources: Shape = { Limits: 'kept', Requests: 'kept', Claims: 'null' };
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
  NodeSelector: 'kept',
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
  return inGoForm(
    { ...spec, securityContext: { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers, ...spec.securityContext } },
    podSpec,
  );
}

/** Metadata keeps its names on the wire, and what is absent is left out. */
export function internalPodTemplate({ metadata, spec }: PodTemplateSpec): Record<string, unknown> {
  return { ...metadata, Spec: internalPodSpec(spec ?? { containers: [] }) };
}
