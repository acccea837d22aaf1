// How lists and maps merge: what server-side apply and strategic merge patches need to know beyond the types. The models do not carry it.
// Keys are type names without their version prefix. A list that is not here is atomic; a map or struct that is not here is granular.

export interface ListRule {
  list: 'map' | 'set';
  /** What names an item of a `map` list. */
  keys?: readonly string[];
  /** Of the strategic merge patch, where it differs from the first of `keys`. */
  patchMergeKey?: string;
  /** `merge`, or with `retainKeys`; absent where only server-side apply merges the list. */
  patchStrategy?: 'merge' | 'merge,retainKeys';
}

/** A list merged by `key`, by server-side apply and strategic merge patch alike. */
function by(...keys: string[]): ListRule {
  return { list: 'map', keys, patchMergeKey: keys[0] as string, patchStrategy: 'merge' };
}

/** A list of which server-side apply alone knows the keys. */
function appliedBy(...keys: string[]): ListRule {
  return { list: 'map', keys };
}

function retaining(key: string): ListRule {
  return { list: 'map', keys: [key], patchMergeKey: key, patchStrategy: 'merge,retainKeys' };
}

const SET: ListRule = { list: 'set' };
const MERGED_SET: ListRule = { list: 'set', patchStrategy: 'merge' };

const CONDITIONS = { conditions: by('type') };
const CONTAINER = {
  env: by('name'),
  ports: by('containerPort', 'protocol'),
  volumeDevices: by('devicePath'),
  volumeMounts: by('mountPath'),
};

export const LIST_RULES: Readonly<Record<string, Readonly<Record<string, ListRule>>>> = {
  ObjectMeta: { finalizers: MERGED_SET, ownerReferences: by('uid') },

  PodSpec: {
    containers: by('name'),
    ephemeralContainers: by('name'),
    hostAliases: by('ip'),
    imagePullSecrets: by('name'),
    initContainers: by('name'),
    resourceClaims: retaining('name'),
    schedulingGates: by('name'),
    topologySpreadConstraints: by('topologyKey', 'whenUnsatisfiable'),
    volumes: retaining('name'),
  },
  PodStatus: { ...CONDITIONS, podIPs: by('ip'), resourceClaimStatuses: retaining('name') },
  Container: CONTAINER,
  EphemeralContainer: CONTAINER,
  ContainerStatus: { allocatedResourcesStatus: by('name'), volumeMounts: by('mountPath') },
  ResourceRequirements: { claims: appliedBy('name') },
  ResourceStatus: { resources: appliedBy('resourceID') },
  ContainerRestartRuleOnExitCodes: { values: SET },

  ComponentStatus: CONDITIONS,
  NamespaceStatus: CONDITIONS,
  NodeSpec: { podCIDRs: MERGED_SET },
  NodeStatus: { ...CONDITIONS, addresses: by('type') },
  PersistentVolumeClaimStatus: CONDITIONS,
  ReplicationControllerStatus: CONDITIONS,
  ServiceAccount: { secrets: by('name') },
  ServiceSpec: { ports: by('port', 'protocol') },
  ServiceStatus: CONDITIONS,

  DaemonSetStatus: CONDITIONS,
  DeploymentStatus: CONDITIONS,
  ReplicaSetStatus: CONDITIONS,
  StatefulSetStatus: CONDITIONS,
  HorizontalPodAutoscalerStatus: CONDITIONS,
  UncountedTerminatedPods: { failed: SET, succeeded: SET },
  PodFailurePolicyOnExitCodesRequirement: { values: SET },

  PodDisruptionBudgetStatus: CONDITIONS,
  ServiceCIDRStatus: CONDITIONS,
  Endpoint: { addresses: SET },
  CSINodeSpec: { drivers: by('name') },
  CSIDriverSpec: { volumeLifecycleModes: SET },
  CertificateSigningRequestStatus: { conditions: appliedBy('type') },
  FlowSchemaStatus: CONDITIONS,
  PriorityLevelConfigurationStatus: CONDITIONS,
  NonResourcePolicyRule: { nonResourceURLs: SET, verbs: SET },
  ResourcePolicyRule: { apiGroups: SET, namespaces: SET, resources: SET, verbs: SET },
  APIServiceStatus: CONDITIONS,
  CustomResourceDefinitionStatus: { conditions: appliedBy('type') },
  JSONSchemaProps: { 'x-kubernetes-validations': by('rule') },
  ValidatingAdmissionPolicySpec: { matchConditions: by('name'), variables: by('name') },
  ValidatingAdmissionPolicyBindingSpec: { validationActions: SET },
  ValidatingAdmissionPolicyStatus: { conditions: appliedBy('type') },
  MutatingAdmissionPolicySpec: { matchConditions: by('name') },
  MutatingWebhook: { matchConditions: by('name') },
  ValidatingWebhook: { matchConditions: by('name') },
  MutatingWebhookConfiguration: { webhooks: by('name') },
  ValidatingWebhookConfiguration: { webhooks: by('name') },
  ResourceClaimStatus: { devices: appliedBy('driver', 'device', 'pool', 'shareID'), reservedFor: by('uid') },
  AllocatedDeviceStatus: { conditions: appliedBy('type') },
};

/** Lists that only strategic merge patches merge; to server-side apply they are atomic. */
export const PATCH_ONLY_RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  JobStatus: { conditions: 'type' },
  PodStatus: { hostIPs: 'ip' },
};

/** Structs in fields of which a strategic merge patch drops what the patch does not name, or which it replaces. */
export const STRUCT_STRATEGIES: Readonly<Record<string, Readonly<Record<string, 'retainKeys' | 'replace'>>>> = {
  DeploymentSpec: { strategy: 'retainKeys' },
  PodDisruptionBudgetSpec: { selector: 'replace' },
};

/** Structs that have one owner as a whole under server-side apply. */
export const ATOMIC_STRUCTS: ReadonlySet<string> = new Set([
  'ConfigMapKeySelector',
  'CrossVersionObjectReference',
  'EndpointAddress',
  'EndpointPort',
  'FileKeySelector',
  'LabelSelector',
  'LocalObjectReference',
  'MatchResources',
  'NamedRuleWithOperations',
  'NodeSelector',
  'NodeSelectorTerm',
  'ObjectFieldSelector',
  'ObjectReference',
  'OwnerReference',
  'ParamKind',
  'ParamRef',
  'ResourceFieldSelector',
  'RoleRef',
  'ScopeSelector',
  'SecretKeySelector',
  'SecretReference',
  'ServiceBackendPort',
  'Subject',
  'TopologySelectorTerm',
  'TypedLocalObjectReference',
  'Variable',
]);

/** Atomic in general, but granular in these fields. */
export const GRANULAR_FIELDS: Readonly<Record<string, readonly string[]>> = { PersistentVolumeSpec: ['claimRef'] };

/** Maps that have one owner as a whole. */
export const ATOMIC_MAPS: Readonly<Record<string, readonly string[]>> = {
  PodSpec: ['nodeSelector'],
  ReplicationControllerSpec: ['selector'],
  Scheduling: ['nodeSelector'],
  ServiceSpec: ['selector'],
};
