// Fields that take one of a few strings, with Go's name of their type (it appears in type errors). Keys are type names without version prefix.

export interface EnumRule {
  /** Go's name: `Protocol`. */
  type: string;
  values: readonly string[];
  /** Of a list: its items take the values. */
  items?: true;
}

function one(type: string, ...values: string[]): EnumRule {
  return { type, values };
}

function each(type: string, ...values: string[]): EnumRule {
  return { type, values, items: true };
}

const PROTOCOL = one('Protocol', 'SCTP', 'TCP', 'UDP');
const PULL_POLICY = one('PullPolicy', 'Always', 'IfNotPresent', 'Never');
const TERMINATION_MESSAGE_POLICY = one('TerminationMessagePolicy', 'FallbackToLogsOnError', 'File');
const TAINT_EFFECT = one('TaintEffect', 'NoExecute', 'NoSchedule', 'PreferNoSchedule');
const ACCESS_MODES = each('PersistentVolumeAccessMode', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod');
const VOLUME_MODE = one('PersistentVolumeMode', 'Block', 'Filesystem');
const INCLUSION_POLICY = one('NodeInclusionPolicy', 'Honor', 'Ignore');
const PREEMPTION_POLICY = one('PreemptionPolicy', 'Never', 'PreemptLowerPriority');
const QUOTA_SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];
const FAILURE_POLICY = one('FailurePolicyType', 'Fail', 'Ignore');
const MATCH_POLICY = one('MatchPolicyType', 'Equivalent', 'Exact');
const SIDE_EFFECTS = one('SideEffectClass', 'None', 'NoneOnDryRun', 'Some', 'Unknown');
const REINVOCATION = one('ReinvocationPolicyType', 'IfNeeded', 'Never');
const OPERATIONS = each('OperationType', '*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE');
const RULE_SCOPE = one('ScopeType', '*', 'Cluster', 'Namespaced');
const SIGNALS = [
  'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMIN RTMAX SEGV'.split(' '),
  'STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ'.split(' '),
  Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`),
  Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`),
]
  .flat()
  .map((name) => `SIG${name}`)
  .toSorted();
const SIGNAL = one('Signal', ...SIGNALS);

export const ENUMS: Readonly<Record<string, Readonly<Record<string, EnumRule>>>> = {
  Container: { imagePullPolicy: PULL_POLICY, terminationMessagePolicy: TERMINATION_MESSAGE_POLICY },
  EphemeralContainer: { imagePullPolicy: PULL_POLICY, terminationMessagePolicy: TERMINATION_MESSAGE_POLICY },
  ContainerPort: { protocol: PROTOCOL },
  ContainerStatus: { stopSignal: SIGNAL },
  Lifecycle: { stopSignal: SIGNAL },
  EndpointPort: { protocol: PROTOCOL },
  HTTPGetAction: { scheme: one('URIScheme', 'HTTP', 'HTTPS') },
  HostPathVolumeSource: {
    type: one('HostPathType', '', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'),
  },
  ImageVolumeSource: { pullPolicy: PULL_POLICY },
  AppArmorProfile: { type: one('AppArmorProfileType', 'Localhost', 'RuntimeDefault', 'Unconfined') },
  SeccompProfile: { type: one('SeccompProfileType', 'Localhost', 'RuntimeDefault', 'Unconfined') },
  SecurityContext: { procMount: one('ProcMountType', 'Default', 'Unmasked') },
  PodSecurityContext: {
    fsGroupChangePolicy: one('PodFSGroupChangePolicy', 'Always', 'OnRootMismatch'),
    supplementalGroupsPolicy: one('SupplementalGroupsPolicy', 'Merge', 'Strict'),
  },
  PodSpec: {
    dnsPolicy: one('DNSPolicy', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
    preemptionPolicy: PREEMPTION_POLICY,
    restartPolicy: one('RestartPolicy', 'Always', 'Never', 'OnFailure'),
  },
  PodStatus: {
    phase: one('PodPhase', 'Failed', 'Pending', 'Running', 'Succeeded', 'Unknown'),
    qosClass: one('PodQOSClass', 'BestEffort', 'Burstable', 'Guaranteed'),
  },
  VolumeMount: { mountPropagation: one('MountPropagationMode', 'Bidirectional', 'HostToContainer', 'None') },
  AzureDiskVolumeSource: {
    cachingMode: one('AzureDataDiskCachingMode', 'None', 'ReadOnly', 'ReadWrite'),
    kind: one('AzureDataDiskKind', 'Dedicated', 'Managed', 'Shared'),
  },
  Taint: { effect: TAINT_EFFECT },
  Toleration: { effect: TAINT_EFFECT, operator: one('TolerationOperator', 'Equal', 'Exists', 'Gt', 'Lt') },
  NodeSelectorRequirement: { operator: one('NodeSelectorOperator', 'DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn') },
  TopologySpreadConstraint: {
    nodeAffinityPolicy: INCLUSION_POLICY,
    nodeTaintsPolicy: INCLUSION_POLICY,
    whenUnsatisfiable: one('UnsatisfiableConstraintAction', 'DoNotSchedule', 'ScheduleAnyway'),
  },
  NamespaceStatus: { phase: one('NamespacePhase', 'Active', 'Terminating') },
  NodeStatus: { phase: one('NodePhase', 'Pending', 'Running', 'Terminated') },
  PersistentVolumeClaimSpec: { accessModes: ACCESS_MODES, volumeMode: VOLUME_MODE },
  PersistentVolumeClaimStatus: { accessModes: ACCESS_MODES, phase: one('PersistentVolumeClaimPhase', 'Bound', 'Lost', 'Pending') },
  ModifyVolumeStatus: { status: one('PersistentVolumeClaimModifyVolumeStatus', 'InProgress', 'Infeasible', 'Pending') },
  PersistentVolumeSpec: {
    accessModes: ACCESS_MODES,
    persistentVolumeReclaimPolicy: one('PersistentVolumeReclaimPolicy', 'Delete', 'Recycle', 'Retain'),
    volumeMode: VOLUME_MODE,
  },
  PersistentVolumeStatus: { phase: one('PersistentVolumePhase', 'Available', 'Bound', 'Failed', 'Pending', 'Released') },
  PortStatus: { protocol: PROTOCOL },
  IngressPortStatus: { protocol: PROTOCOL },
  NetworkPolicyPort: { protocol: PROTOCOL },
  NetworkPolicySpec: { policyTypes: each('PolicyType', 'Egress', 'Ingress') },
  HTTPIngressPath: { pathType: one('PathType', 'Exact', 'ImplementationSpecific', 'Prefix') },
  ResourceQuotaSpec: { scopes: each('ResourceQuotaScope', ...QUOTA_SCOPES) },
  ScopedResourceSelectorRequirement: {
    operator: one('ScopeSelectorOperator', 'DoesNotExist', 'Exists', 'In', 'NotIn'),
    scopeName: one('ResourceQuotaScope', ...QUOTA_SCOPES),
  },
  ServicePort: { protocol: PROTOCOL },
  ServiceSpec: {
    externalTrafficPolicy: one('ServiceExternalTrafficPolicy', 'Cluster', 'Local'),
    internalTrafficPolicy: one('ServiceInternalTrafficPolicy', 'Cluster', 'Local'),
    ipFamilies: each('IPFamily', '', 'IPv4', 'IPv6'),
    ipFamilyPolicy: one('IPFamilyPolicy', 'PreferDualStack', 'RequireDualStack', 'SingleStack'),
    sessionAffinity: one('ServiceAffinity', 'ClientIP', 'None'),
    type: one('ServiceType', 'ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'),
  },
  EndpointSlice: { addressType: one('AddressType', 'FQDN', 'IPv4', 'IPv6') },

  DaemonSetUpdateStrategy: { type: one('DaemonSetUpdateStrategyType', 'OnDelete', 'RollingUpdate') },
  DeploymentStrategy: { type: one('DeploymentStrategyType', 'Recreate', 'RollingUpdate') },
  StatefulSetSpec: { podManagementPolicy: one('PodManagementPolicyType', 'OrderedReady', 'Parallel') },
  StatefulSetUpdateStrategy: { type: one('StatefulSetUpdateStrategyType', 'OnDelete', 'RollingUpdate') },
  CronJobSpec: { concurrencyPolicy: one('ConcurrencyPolicy', 'Allow', 'Forbid', 'Replace') },
  JobSpec: {
    completionMode: one('CompletionMode', 'Indexed', 'NonIndexed'),
    podReplacementPolicy: one('PodReplacementPolicy', 'Failed', 'TerminatingOrFailed'),
  },
  PodFailurePolicyOnExitCodesRequirement: { operator: one('PodFailurePolicyOnExitCodesOperator', 'In', 'NotIn') },
  PodFailurePolicyRule: { action: one('PodFailurePolicyAction', 'Count', 'FailIndex', 'FailJob', 'Ignore') },
  PodDisruptionBudgetSpec: { unhealthyPodEvictionPolicy: one('UnhealthyPodEvictionPolicyType', 'AlwaysAllow', 'IfHealthyBudget') },
  PriorityClass: { preemptionPolicy: PREEMPTION_POLICY },
  StorageClass: {
    reclaimPolicy: one('PersistentVolumeReclaimPolicy', 'Delete', 'Recycle', 'Retain'),
    volumeBindingMode: one('VolumeBindingMode', 'Immediate', 'WaitForFirstConsumer'),
  },
  ValidationRule: {
    reason: one('FieldValueErrorReason', 'FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'),
  },

  MatchResources: { matchPolicy: MATCH_POLICY },
  MutatingAdmissionPolicySpec: { failurePolicy: FAILURE_POLICY, reinvocationPolicy: REINVOCATION },
  MutatingWebhook: {
    failurePolicy: FAILURE_POLICY,
    matchPolicy: MATCH_POLICY,
    reinvocationPolicy: REINVOCATION,
    sideEffects: SIDE_EFFECTS,
  },
  ValidatingWebhook: { failurePolicy: FAILURE_POLICY, matchPolicy: MATCH_POLICY, sideEffects: SIDE_EFFECTS },
  ValidatingAdmissionPolicySpec: { failurePolicy: FAILURE_POLICY },
  ValidatingAdmissionPolicyBindingSpec: { validationActions: each('ValidationAction', 'Audit', 'Deny', 'Warn') },
  NamedRuleWithOperations: { operations: OPERATIONS, scope: RULE_SCOPE },
  RuleWithOperations: { operations: OPERATIONS, scope: RULE_SCOPE },
  Mutation: { patchType: one('PatchType', 'ApplyConfiguration', 'JSONPatch') },
};
