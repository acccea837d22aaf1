// The flow schemas and priority levels that a cluster has from the start. What they say is true of a real server; here nothing queues.

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const ANNOTATIONS = { 'apf.kubernetes.io/autoupdate-spec': 'true' };
const EVERY = ['*'];
const QUEUE_LENGTH = 50;

/** Name, shares of the server, percentage that it lends while idle, queues and the hand that is dealt of them. */
const QUEUED_LEVELS: readonly (readonly [name: string, shares: number, lendable: number, queues: number, handSize: number])[] = [
  ['global-default', 20, 50, 128, 6],
  ['leader-election', 10, 0, 16, 4],
  ['node-high', 40, 25, 64, 6],
  ['system', 30, 33, 64, 6],
  ['workload-high', 40, 50, 128, 6],
  ['workload-low', 100, 90, 128, 6],
];

const ALL_GROUPS = [aGroup('system:unauthenticated'), aGroup('system:authenticated')];
const LEASES = onResources(['get', 'create', 'update'], 'coordination.k8s.io', ['leases'], false);
const ANYTHING = {
  resourceRules: [{ verbs: EVERY, apiGroups: EVERY, resources: EVERY, clusterScope: true, namespaces: EVERY }],
  nonResourceRules: [{ verbs: EVERY, nonResourceURLs: EVERY }],
};

type Distinguisher = 'ByUser' | 'ByNamespace' | undefined;

/** Priority levels first: flow schemas name them. */
export function flowControlObjects(): object[] {
  return [
    aLevel('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
    aLevel('catch-all', {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    }),
    ...QUEUED_LEVELS.map(([name, nominalConcurrencyShares, lendablePercent, queues, handSize]) =>
      aLevel(name, {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares,
          lendablePercent,
          limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: QUEUE_LENGTH } },
        },
      }),
    ),
    aSchema('exempt', 'exempt', 1, undefined, { subjects: [aGroup('system:masters')], ...ANYTHING }),
    aSchema('probes', 'exempt', 2, undefined, {
      subjects: ALL_GROUPS,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    }),
    aSchema('system-leader-election', 'leader-election', 100, 'ByUser', {
      subjects: [aUser('system:kube-controller-manager'), aUser('system:kube-scheduler')],
      resourceRules: [LEASES],
    }),
    aSchema('endpoint-controller', 'workload-high', 150, 'ByUser', {
      subjects: [aUser('system:kube-controller-manager'), anAccount('endpoint-controller'), anAccount('endpointslicemirroring-controller')],
      resourceRules: [onResources(['get', 'create', 'update'], '', ['endpoints'], false)],
    }),
    aSchema('workload-leader-election', 'leader-election', 200, 'ByUser', { subjects: [anAccount('*')], resourceRules: [LEASES] }),
    aSchema('system-node-high', 'node-high', 400, 'ByUser', {
      subjects: [aGroup('system:nodes')],
      resourceRules: [
        onResources(EVERY, '', ['nodes', 'nodes/status'], true),
        onResources(EVERY, 'coordination.k8s.io', ['leases'], false),
      ],
    }),
    aSchema('system-nodes', 'system', 500, 'ByUser', { subjects: [aGroup('system:nodes')], ...ANYTHING }),
    aSchema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', {
      subjects: [aUser('system:kube-controller-manager')],
      ...ANYTHING,
    }),
    aSchema('kube-scheduler', 'workload-high', 800, 'ByNamespace', { subjects: [aUser('system:kube-scheduler')], ...ANYTHING }),
    aSchema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', { subjects: [anAccount('*')], ...ANYTHING }),
    aSchema('service-accounts', 'workload-low', 9000, 'ByUser', { subjects: [aGroup('system:serviceaccounts')], ...ANYTHING }),
    aSchema('global-default', 'global-default', 9900, 'ByUser', { subjects: ALL_GROUPS, ...ANYTHING }),
    aSchema('catch-all', 'catch-all', 10_000, 'ByUser', { subjects: ALL_GROUPS, ...ANYTHING }),
  ];
}

function aLevel(name: string, spec: object): object {
  return { apiVersion: API_VERSION, kind: 'PriorityLevelConfiguration', metadata: { name, annotations: ANNOTATIONS }, spec };
}

function aSchema(name: string, level: string, matchingPrecedence: number, distinguisher: Distinguisher, rule: object): object {
  return {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: { name, annotations: ANNOTATIONS },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
      rules: [rule],
    },
  };
}

function aGroup(name: string): object {
  return { kind: 'Group', group: { name } };
}

function aUser(name: string): object {
  return { kind: 'User', user: { name } };
}

function anAccount(name: string): object {
  return { kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } };
}

function onResources(verbs: readonly string[], apiGroup: string, resources: readonly string[], clusterScope: boolean): object {
  return { verbs, apiGroups: [apiGroup], resources, namespaces: EVERY, ...(clusterScope && { clusterScope }) };
}
