// Nodes whose kubelet went silent: marked unknown, tainted, their pods no longer ready; and the taint that a cordon means.
import type { Node, Pod } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { keyOf } from './keys.ts';
import { NODE, POD } from './kinds.ts';
import { wantedTaints } from './nodes/taints.ts';
import { ifPresent } from './ownership.ts';
import { isFinished, isReady } from './pods/readiness.ts';

/** --node-monitor-grace-period */
const GRACE_MS = 50_000;
const WATCHED_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Whether nodes still report: told by the kubelets' heartbeats, so that nothing has to look at leases every few seconds. */
export interface NodeHeartbeats {
  /** `since`: when the heartbeats began, or when the last one came, in milliseconds since the epoch. */
  of(node: string): { beating: boolean; since: number } | undefined;
  onChange(listener: (node: string) => void): Disposable;
}

export function nodeLifecycleController(heartbeats: NodeHeartbeats): Controller {
  return {
    name: 'node-controller',
    watches: [{ kind: NODE, keys: (node) => [keyOf(node)] }],
    listen: (enqueue) => heartbeats.onChange(enqueue),
    reconcile(key, context) {
      const node = context.client.get(NODE, undefined, key);
      if (!node) {
        return undefined;
      }
      const beat = heartbeats.of(key);
      const silentFor = beat && !beat.beating ? context.clock.now() - beat.since : undefined;
      let current = node;
      if (silentFor !== undefined && silentFor >= GRACE_MS && readyStatus(node) !== 'Unknown') {
        current = markUnknown(node, context);
      }
      if (readyStatus(current) !== 'True') {
        markPodsNotReady(current, context);
      }
      syncTaints(current, context);
      return silentFor !== undefined && silentFor < GRACE_MS ? { requeueAfterMs: GRACE_MS - silentFor } : undefined;
    },
  };
}

function readyStatus(node: Node): string | undefined {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

function markUnknown(node: Node, { client, clock, event }: ControllerContext): Node {
  const lastTransitionTime = isoTime(clock.now());
  const conditions = (node.status?.conditions ?? []).map((condition) =>
    WATCHED_CONDITIONS.includes(condition.type)
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime,
        }
      : condition,
  );
  const updated = client.updateStatus(NODE, { ...node, status: { ...node.status, conditions } });
  // Events about nodes carry the node's name as uid, so that kubectl describe finds them.
  const about = { ...node, metadata: { ...node.metadata, uid: node.metadata.name } };
  event(about, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
  return updated;
}

function markPodsNotReady(node: Node, { client, clock, event }: ControllerContext): void {
  for (const pod of client.list(POD)) {
    if (pod.spec?.nodeName !== node.metadata.name || isFinished(pod) || !isReady(pod)) {
      continue;
    }
    const lastTransitionTime = isoTime(clock.now());
    const conditions = pod.status?.conditions?.map((condition) =>
      condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime } : condition,
    );
    ifPresent(() => client.updateStatus(POD, { ...pod, status: { ...pod.status, conditions } as Pod['status'] }));
    event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
  }
}

function syncTaints(node: Node, { client, clock }: ControllerContext): void {
  const isAnyReady = client.list(NODE).some((one) => readyStatus(one) === 'True');
  const taints = wantedTaints(node, isAnyReady, clock.now());
  if (!taints) {
    return;
  }
  const { taints: _, ...spec } = node.spec ?? {};
  client.update(NODE, { ...node, spec: taints.length > 0 ? { ...spec, taints } : spec });
}
