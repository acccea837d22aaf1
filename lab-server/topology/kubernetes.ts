// The picture of a Kubernetes cluster: nodes carry pods, Deployments and their like own them, Services and Ingresses lead to them.
import type { z } from 'zod';
import type { Topology, TopologyEntry, TopologyGroup, TopologyHost, TopologyUnit, UnitState } from '../protocol/index.ts';
import type { StateDocument } from '../sandboxes/sandbox.ts';
import {
  ingressSchema,
  nodeSchema,
  ownerSchema,
  podSchema,
  serviceSchema,
  sliceSchema,
  type Metadata,
  type Owner,
  type Pod,
} from './kubernetes-documents.ts';
import { type Documents, MAX_UNITS, type TopologyPlan } from './plan.ts';

const KINDS: readonly (readonly [string, string])[] = [
  ['v1', 'Node'],
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
];
/** Kubernetes' own; a learner's picture is of what the learner runs. */
const OWN_NAMESPACE = /^(kube-system|kube-public|kube-node-lease|ingress-nginx|kubernetes-dashboard|local-path-storage)$/;
const REVISION = 'deployment.kubernetes.io/revision';
const FAILING = /BackOff|^Err|Error|Invalid|CannotRun|OOMKilled|Evicted/;

export const kubernetesPlan: TopologyPlan = {
  questions: KINDS.map(([apiVersion, kind]) => ({ name: kind, query: { platform: 'kubernetes', apiVersion, kind } })),
  identity: (document) => {
    const { metadata } = document as { metadata?: { uid?: string; name?: string } };
    return metadata?.uid ?? metadata?.name ?? '';
  },
  draw: drawKubernetes,
};

export function drawKubernetes(documents: Documents): Topology {
  const pods = read(documents, 'Pod', podSchema).filter(isLearners);
  const owners = new Map<string, Owner>();
  for (const kind of ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']) {
    for (const owner of read(documents, kind, ownerSchema).filter(isLearners)) {
      owners.set(owner.metadata.uid, { ...owner, kind });
    }
  }
  const groups = new Map<string, TopologyGroup>();
  for (const owner of owners.values()) {
    if (controllerOf(owner.metadata, owners) === undefined && !(owner.kind === 'ReplicaSet' && wantedBy(owner) === 0)) {
      groups.set(owner.metadata.uid, groupOf(owner));
    }
  }
  const units = pods.map((pod) => unitOf(pod, owners, groups)).toSorted(inOrder);
  for (const group of groups.values()) {
    group.ready = units.filter((unit) => unit.group === group.id && unit.state === 'ready').length;
  }
  const shown = units.slice(0, MAX_UNITS);
  const hosts = read(documents, 'Node', nodeSchema).map(hostOf);
  return {
    platform: 'kubernetes',
    hosts: hosts.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })),
    groups: [...groups.values()].toSorted((a, b) => `${a.space} ${a.name}`.localeCompare(`${b.space} ${b.name}`)),
    units: shown,
    entries: entriesOf(documents, new Set(shown.map((unit) => unit.id))),
    hidden: units.length - shown.length,
  };
}

/** By place and then by age of the name, so that a unit keeps its seat while others come and go. */
function inOrder(a: TopologyUnit, b: TopologyUnit): number {
  return Number(a.current) - Number(b.current) || a.name.localeCompare(b.name, 'en', { numeric: true });
}

function read<Schema extends z.ZodType>(documents: Documents, name: string, schema: Schema): z.infer<Schema>[] {
  return (documents.get(name) ?? []).flatMap((document: StateDocument) => {
    const parsed = schema.safeParse(document);
    return parsed.success ? [parsed.data] : [];
  });
}

function isLearners({ metadata }: { metadata: Metadata }): boolean {
  return !OWN_NAMESPACE.test(metadata.namespace);
}

function controllerOf(metadata: Metadata, owners: ReadonlyMap<string, Owner>): Owner | undefined {
  const reference = metadata.ownerReferences.find((owner) => owner.controller) ?? metadata.ownerReferences[0];
  return reference && owners.get(reference.uid);
}

function wantedBy({ kind, spec, status }: Owner): number | null {
  switch (kind) {
    case 'DaemonSet':
      return status.desiredNumberScheduled ?? 0;
    case 'Job':
      return spec.completions ?? 1;
    default:
      return spec.replicas ?? 1;
  }
}

function groupOf(owner: Owner): TopologyGroup {
  const stuck = owner.status.conditions.find((condition) => condition.type === 'Progressing' && condition.status === 'False');
  const refused = owner.status.conditions.find((condition) => condition.type === 'ReplicaFailure' && condition.status === 'True');
  const note = owner.metadata.deletionTimestamp
    ? 'is being deleted'
    : (stuck?.reason ?? refused?.reason ?? (owner.spec.paused ? 'paused' : ''));
  return {
    id: owner.metadata.uid,
    kind: owner.kind,
    name: owner.metadata.name,
    space: spaceOf(owner.metadata),
    wanted: wantedBy(owner),
    ready: 0,
    note,
  };
}

const spaceOf = ({ namespace }: Metadata): string => (namespace === 'default' ? '' : namespace);

function unitOf(pod: Pod, owners: ReadonlyMap<string, Owner>, groups: Map<string, TopologyGroup>): TopologyUnit {
  const parent = controllerOf(pod.metadata, owners);
  const owner = (parent && controllerOf(parent.metadata, owners)) ?? parent;
  let group = owner?.metadata.uid ?? '';
  if (!groups.has(group)) {
    group = `alone ${pod.metadata.namespace}`;
    if (!groups.has(group)) {
      groups.set(group, { id: group, kind: 'Pods', name: 'On their own', space: spaceOf(pod.metadata), wanted: null, ready: 0, note: '' });
    }
  }
  const [state, words] = stateOf(pod);
  const { revision, current } = revisionOf(pod, parent, owner);
  return {
    id: pod.metadata.uid,
    kind: 'Pod',
    name: pod.metadata.name,
    group,
    host: pod.spec.nodeName ?? null,
    state,
    words,
    revision,
    current,
    restarts: pod.status.containerStatuses.reduce((sum, container) => sum + container.restartCount, 0),
  };
}

function revisionOf(pod: Pod, parent: Owner | undefined, owner: Owner | undefined): { revision: string; current: boolean } {
  if (owner?.kind === 'Deployment') {
    const own = parent?.metadata.annotations[REVISION] ?? '';
    const wanted = owner.metadata.annotations[REVISION] ?? '';
    return { revision: own, current: own === wanted };
  }
  if (owner?.kind === 'StatefulSet') {
    const hash = pod.metadata.labels['controller-revision-hash'] ?? '';
    return {
      revision: hash.slice(hash.lastIndexOf('-') + 1),
      current: owner.status.updateRevision === undefined || owner.status.updateRevision === hash,
    };
  }
  return { revision: '', current: true };
}

/** As kubectl's STATUS column says it, and the few states of the picture that it amounts to. */
function stateOf({ metadata, status, spec }: Pod): [UnitState, string] {
  if (metadata.deletionTimestamp) {
    return ['ending', 'Terminating'];
  }
  const containers = [...status.initContainerStatuses, ...status.containerStatuses];
  const waiting = containers.map((container) => container.state.waiting?.reason ?? '').find((reason) => reason !== '');
  const failed = containers.map((container) => container.state.terminated).find((end) => end !== undefined && end.exitCode !== 0);
  if (status.phase === 'Succeeded') {
    return ['done', 'Completed'];
  }
  if (status.phase === 'Failed') {
    return ['failing', status.reason || failed?.reason || 'Failed'];
  }
  if (waiting !== undefined && FAILING.test(waiting)) {
    return ['failing', waiting];
  }
  if (failed) {
    return ['failing', failed.reason || 'Error'];
  }
  if (spec.nodeName === undefined) {
    const reason = status.conditions.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False')?.reason;
    return ['waiting', reason ?? 'Pending'];
  }
  if (status.phase === 'Running') {
    const ready = status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    return ready ? ['ready', 'Running'] : ['running', 'Running, not ready'];
  }
  return ['starting', waiting ?? status.phase];
}

function hostOf({ metadata, spec, status }: z.infer<typeof nodeSchema>): TopologyHost {
  const ready = status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  const notes = [ready ? '' : 'not ready', spec.unschedulable ? 'cordoned' : ''].filter((note) => note !== '');
  return { id: metadata.name, kind: 'Node', name: metadata.name, ready, note: notes.join(', ') };
}

function entriesOf(documents: Documents, shown: ReadonlySet<string>): TopologyEntry[] {
  const slices = read(documents, 'EndpointSlice', sliceSchema);
  const services = read(documents, 'Service', serviceSchema).filter(
    ({ metadata }) => isLearners({ metadata }) && !(metadata.namespace === 'default' && metadata.name === 'kubernetes'),
  );
  const entries = services.map(({ metadata, spec, status }): TopologyEntry => {
    const endpoints = slices
      .filter(
        (slice) => slice.metadata.namespace === metadata.namespace && slice.metadata.labels['kubernetes.io/service-name'] === metadata.name,
      )
      .flatMap((slice) => slice.endpoints)
      .filter((endpoint) => endpoint.targetRef?.kind === 'Pod' && shown.has(endpoint.targetRef.uid));
    const ids = (ready: boolean): string[] => [
      ...new Set(
        endpoints.filter((endpoint) => (endpoint.conditions.ready ?? true) === ready).map((endpoint) => endpoint.targetRef?.uid ?? ''),
      ),
    ];
    const outside = status.loadBalancer.ingress.map(({ ip, hostname }) => ip ?? hostname ?? '').find((address) => address !== '');
    const ports = spec.ports.map(({ port }) => port).join(', ');
    const address = outside ?? (spec.type === 'ExternalName' ? spec.externalName : spec.clusterIP === 'None' ? 'headless' : spec.clusterIP);
    const pending = spec.type === 'LoadBalancer' && outside === undefined ? ', external address pending' : '';
    return {
      id: metadata.uid,
      kind: spec.type === 'ClusterIP' ? 'Service' : `Service, ${spec.type}`,
      name: metadata.name,
      address: `${address}${ports === '' || address === '' ? '' : `:${ports}`}${pending}`,
      serves: ids(true),
      withholds: ids(false),
      through: [],
    };
  });
  const ingresses = read(documents, 'Ingress', ingressSchema)
    .filter(isLearners)
    .map(({ metadata, spec }): TopologyEntry => {
      const names = [spec.defaultBackend, ...spec.rules.flatMap((rule) => rule.http?.paths.map((path) => path.backend) ?? [])].flatMap(
        (candidate) => candidate?.service?.name ?? [],
      );
      const through = services.filter(
        (service) => service.metadata.namespace === metadata.namespace && names.includes(service.metadata.name),
      );
      return {
        id: metadata.uid,
        kind: 'Ingress',
        name: metadata.name,
        address: [...new Set(spec.rules.map((rule) => rule.host || '*'))].join(', '),
        serves: [],
        withholds: [],
        through: through.map((service) => service.metadata.uid),
      };
    });
  return [...ingresses, ...entries];
}
