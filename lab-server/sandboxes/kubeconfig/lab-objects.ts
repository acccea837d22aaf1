// What a lab gets on a cluster that it shares with others: a namespace of its own with bounds, walls, and a learner with few rights.
import type { ApiObject } from './cluster-api.ts';

/** Whose a namespace is: this server's (by a random name of it), and one lab's. */
export const SERVER_LABEL = 'dockside.dev/server';
export const LAB_LABEL = 'dockside.dev/lab';
/** The lab's folder on the server: a namespace whose folder is gone is left over. */
export const FOLDER_ANNOTATION = 'dockside.dev/lab-folder';
/** The learner's ServiceAccount, Role and RoleBinding. */
export const LEARNER = 'learner';

export interface LabIdentity {
  namespace: string;
  server: string;
  lab: string;
  folder: string;
}

/** An object with the path of the collection it is made in. */
export interface PlacedObject {
  collection: string;
  object: ApiObject;
}

export function namespaceObject({ namespace, server, lab, folder }: LabIdentity): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespace,
      labels: {
        'app.kubernetes.io/managed-by': 'dockside',
        [SERVER_LABEL]: server,
        [LAB_LABEL]: lab,
        // Without a meaning before Kubernetes 1.23. Baseline: images of lessons run as root, and nothing reaches the node.
        'pod-security.kubernetes.io/enforce': 'baseline',
      },
      annotations: { [FOLDER_ANNOTATION]: folder },
    },
  };
}

/** Everything in the namespace, in the order in which it is made: walls and bounds before anyone is let in. */
export function objectsInNamespace(namespace: string): PlacedObject[] {
  const core = `/api/v1/namespaces/${namespace}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const networking = `/apis/networking.k8s.io/v1/namespaces/${namespace}`;
  return [
    { collection: `${networking}/networkpolicies`, object: walls() },
    { collection: `${core}/resourcequotas`, object: quota() },
    { collection: `${core}/limitranges`, object: defaults() },
    { collection: `${core}/serviceaccounts`, object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: LEARNER } } },
    { collection: `${rbac}/roles`, object: role() },
    { collection: `${rbac}/rolebindings`, object: roleBinding(namespace) },
  ];
}

/** Pods talk to pods of the same lab, and ask for names; nothing else comes in or goes out. The way in from a terminal is the API's port-forward. */
function walls(): ApiObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'lab' },
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [
        { to: [{ podSelector: {} }] },
        {
          // By its label: namespaces carry their names as labels since Kubernetes 1.21 only. A lab that labels its own pods so is still behind its walls.
          to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
      ],
    },
  };
}

function quota(): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'lab' },
    spec: {
      hard: {
        pods: '30',
        'requests.cpu': '2',
        'requests.memory': '3Gi',
        'limits.cpu': '8',
        'limits.memory': '6Gi',
        'requests.storage': '5Gi',
        persistentvolumeclaims: '5',
        services: '10',
        'services.nodeports': '6',
        'services.loadbalancers': '2',
        configmaps: '50',
        secrets: '50',
      },
    },
  };
}

/** What a container gets that asks for nothing, so that the quota counts it, and the most that it may ask for. */
function defaults(): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'lab' },
    spec: {
      limits: [
        {
          type: 'Container',
          defaultRequest: { cpu: '25m', memory: '32Mi' },
          default: { cpu: '500m', memory: '256Mi' },
          max: { cpu: '2', memory: '1Gi' },
        },
      ],
    },
  };
}

const ALL = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const LOOK = ['get', 'list', 'watch'];

/**
 * What exercises do in one namespace. Not among it: network policies and quotas (they are the lab's walls), and Endpoints, through which a Service
 * could be led to other people's pods.
 */
function role(): ApiObject {
  const rule = (apiGroup: string, resources: string[], verbs: string[]): object => ({ apiGroups: [apiGroup], resources, verbs });
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: LEARNER },
    rules: [
      rule(
        '',
        ['pods', 'services', 'configmaps', 'secrets', 'persistentvolumeclaims', 'replicationcontrollers', 'replicationcontrollers/scale'],
        ALL,
      ),
      rule('', ['serviceaccounts'], ALL),
      rule('', ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/eviction', 'serviceaccounts/token'], ['create', 'get']),
      rule('', ['pods/log', 'pods/status', 'services/status', 'events', 'endpoints', 'resourcequotas', 'limitranges'], LOOK),
      rule('', ['pods/ephemeralcontainers', 'pods/resize'], ['get', 'update', 'patch']),
      rule('apps', ['*'], ALL),
      rule('batch', ['*'], ALL),
      rule('autoscaling', ['*'], ALL),
      rule('policy', ['poddisruptionbudgets'], ALL),
      rule('networking.k8s.io', ['ingresses'], ALL),
      rule('networking.k8s.io', ['networkpolicies'], LOOK),
      rule('discovery.k8s.io', ['endpointslices'], LOOK),
      rule('events.k8s.io', ['events'], LOOK),
      rule('metrics.k8s.io', ['pods'], LOOK),
      rule('rbac.authorization.k8s.io', ['roles', 'rolebindings'], ALL),
    ],
  };
}

function roleBinding(namespace: string): ApiObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: LEARNER },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: LEARNER },
    subjects: [{ kind: 'ServiceAccount', name: LEARNER, namespace }],
  };
}
