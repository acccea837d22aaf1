// HorizontalPodAutoscalers: every 15 seconds as many replicas as the metrics ask for, at the pace that the behavior allows.
import { messageOf } from '../../../base/index.ts';
import type { Condition } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';
import { sameValue } from '../values/same.ts';
import type { MetricsSource } from './autoscaling/metrics.ts';
import { describeFailure, type MetricFailure, metricName, metricStatus, type MetricStatus, queryOf } from './autoscaling/metric-query.ts';
import { type PaceMemory, newPaceMemory, pace, rememberScaling, toleranceOf } from './autoscaling/pace.ts';
import { MetricsUnavailable, recommendReplicas } from './autoscaling/replica-count.ts';
import { type ScaleTarget, podsOf, readScale, writeScale } from './autoscaling/scale-target.ts';
import { withCondition } from './conditions.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { HORIZONTAL_POD_AUTOSCALER, type HorizontalPodAutoscaler } from './kinds.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Status = NonNullable<HorizontalPodAutoscaler['status']>;

/** --horizontal-pod-autoscaler-sync-period */
const PERIOD_MS = 15_000;
/** --horizontal-pod-autoscaler-tolerance */
const DEFAULT_TOLERANCE = 0.1;

interface Memory {
  uid: string;
  dueAt: number;
  pace: PaceMemory;
}

export function horizontalPodAutoscalerController(metrics: MetricsSource): Controller {
  const memories = new Map<string, Memory>();
  return {
    name: 'horizontal-pod-autoscaler',
    watches: [watchSelf(HORIZONTAL_POD_AUTOSCALER)],
    reconcile(key, context) {
      const autoscaler = objectOf(context.client, HORIZONTAL_POD_AUTOSCALER, key);
      if (!autoscaler?.spec || autoscaler.metadata.deletionTimestamp) {
        memories.delete(key);
        return undefined;
      }
      const now = context.clock.now();
      let memory = memories.get(key);
      if (memory?.uid !== autoscaler.metadata.uid) {
        memory = { uid: autoscaler.metadata.uid, dueAt: now + PERIOD_MS, pace: newPaceMemory() };
        memories.set(key, memory);
      }
      // Changes do not make it work earlier: a turn every period, the first one after a whole one.
      if (now >= memory.dueAt) {
        memory.dueAt = now + PERIOD_MS;
        takeTurn(autoscaler, autoscaler.spec, memory.pace, metrics, context);
      }
      return { requeueAfterMs: memory.dueAt - now };
    },
  };
}

/** The autoscaler's status as one turn goes along. */
interface Turn {
  autoscaler: HorizontalPodAutoscaler;
  status: Status;
  context: ControllerContext;
}

function setCondition({ status, context }: Turn, condition: Condition): void {
  status.conditions = withCondition(status.conditions as Condition[] | undefined, condition, context.clock.now()) as Status['conditions'];
}

function takeTurn(
  autoscaler: HorizontalPodAutoscaler,
  spec: Spec,
  memory: PaceMemory,
  metrics: MetricsSource,
  context: ControllerContext,
): void {
  const { client, event } = context;
  const turn: Turn = { autoscaler, status: { ...autoscaler.status } as Status, context };
  let target: ScaleTarget;
  try {
    target = readScale(client, autoscaler.metadata.namespace, spec.scaleTargetRef);
  } catch (error) {
    const why = messageOf(error);
    event(autoscaler, 'Warning', 'FailedGetScale', why);
    setCondition(turn, {
      type: 'AbleToScale',
      status: 'False',
      reason: 'FailedGetScale',
      message: `the HPA controller was unable to get the target's current scale: ${why}`,
    });
    writeStatus(turn);
    return;
  }
  setCondition(turn, {
    type: 'AbleToScale',
    status: 'True',
    reason: 'SucceededGetScale',
    message: "the HPA controller was able to get the target's current scale",
  });
  turn.status.currentReplicas = target.currentReplicas;
  const decision = decide(turn, spec, target, memory, metrics);
  if (decision) {
    rescale(turn, target, decision, memory);
  }
  writeStatus(turn);
}

interface Decision {
  replicas: number;
  reason: string;
}

/** The size to go to and why; undefined when the metrics do not tell. */
function decide(turn: Turn, spec: Spec, target: ScaleTarget, memory: PaceMemory, metrics: MetricsSource): Decision | undefined {
  const { replicas } = target;
  const min = spec.minReplicas ?? 1;
  if (replicas === 0 && min !== 0) {
    setCondition(turn, {
      type: 'ScalingActive',
      status: 'False',
      reason: 'ScalingDisabled',
      message: 'scaling is disabled since the replica count of the target is zero',
    });
    return { replicas: 0, reason: '' };
  }
  if (replicas > spec.maxReplicas) {
    return { replicas: spec.maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' };
  }
  if (replicas < min) {
    return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas' };
  }
  if (!target.selects) {
    const message = "the HPA target's scale is missing a selector";
    turn.context.event(turn.autoscaler, 'Warning', 'SelectorRequired', 'selector is required');
    setCondition(turn, { type: 'ScalingActive', status: 'False', reason: 'InvalidSelector', message });
    return undefined;
  }
  const highest = evaluateMetrics(turn, spec, target, metrics);
  if (!highest) {
    return undefined;
  }
  const now = turn.context.clock.now();
  const paced = pace({ current: replicas, wanted: highest.replicas, min, max: spec.maxReplicas, behavior: spec.behavior, now }, memory);
  paced.conditions.forEach((condition) => setCondition(turn, condition));
  return { replicas: paced.replicas, reason: paced.replicas > replicas ? `${highest.name} above target` : 'All metrics below target' };
}

/** The highest recommendation of all metrics. */
function evaluateMetrics(
  turn: Turn,
  spec: Spec,
  target: ScaleTarget,
  source: MetricsSource,
): { replicas: number; name: string } | undefined {
  const { autoscaler, status, context } = turn;
  const pods = podsOf(context.client, target);
  const names = new Set(pods.map(({ metadata }) => metadata.name));
  const metrics = source.podMetrics(autoscaler.metadata.namespace ?? 'default')?.filter(({ pod }) => names.has(pod));
  const tolerances = {
    scaleUp: toleranceOf(spec.behavior?.scaleUp) ?? DEFAULT_TOLERANCE,
    scaleDown: toleranceOf(spec.behavior?.scaleDown) ?? DEFAULT_TOLERANCE,
  };
  const current: MetricStatus[] = [];
  let highest: { replicas: number; name: string } | undefined;
  let failure: MetricFailure | undefined;
  let failed = 0;
  const wanted = spec.metrics ?? [];
  for (const metric of wanted) {
    try {
      const query = queryOf(metric, autoscaler.metadata.namespace ?? 'default');
      const observed = { replicas: target.replicas, pods, metrics, tolerances, now: context.clock.now() };
      const recommendation = recommendReplicas(query, observed);
      current.push(metricStatus(metric, query, recommendation));
      if (!highest || recommendation.replicas > highest.replicas) {
        highest = { replicas: recommendation.replicas, name: metricName(query) };
      }
    } catch (error) {
      if (!(error instanceof MetricsUnavailable)) {
        throw error;
      }
      failure ??= describeFailure(metric, error);
      failed += 1;
      // Keeps its place, so that readers find the others by theirs.
      current.push({ type: '' });
    }
  }
  status.currentMetrics = current;
  // One metric that fails is enough to keep a workload from shrinking on what the others say.
  if (failure && (!highest || highest.replicas < target.replicas)) {
    const { reason, message } = failure;
    setCondition(turn, {
      type: 'ScalingActive',
      status: 'False',
      reason,
      message: `the HPA was unable to compute the replica count: ${message}`,
    });
    context.event(autoscaler, 'Warning', reason, message);
    const summary = `invalid metrics (${failed} invalid out of ${wanted.length}), first error is: ${failure.summary}`;
    context.event(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', summary);
    return undefined;
  }
  if (highest) {
    setCondition(turn, {
      type: 'ScalingActive',
      status: 'True',
      reason: 'ValidMetricFound',
      message: `the HPA was able to successfully calculate a replica count from ${highest.name}`,
    });
  }
  return highest;
}

function rescale(turn: Turn, target: ScaleTarget, { replicas, reason }: Decision, memory: PaceMemory): void {
  const { autoscaler, status, context } = turn;
  status.desiredReplicas = replicas;
  if (replicas === target.replicas) {
    return;
  }
  try {
    writeScale(context.client, target, replicas);
  } catch (error) {
    const why = messageOf(error);
    context.event(autoscaler, 'Warning', 'FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${why}`);
    const message = `the HPA controller was unable to update the target scale: ${why}`;
    setCondition(turn, { type: 'AbleToScale', status: 'False', reason: 'FailedUpdateScale', message });
    status.desiredReplicas = target.replicas;
    return;
  }
  const message = `the HPA controller was able to update the target scale to ${replicas}`;
  setCondition(turn, { type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message });
  context.event(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
  status.lastScaleTime = isoTime(context.clock.now());
  rememberScaling(memory, target.replicas, replicas, context.clock.now());
}

function writeStatus({ autoscaler, status, context }: Turn): void {
  if (!sameValue(status, autoscaler.status)) {
    context.client.updateStatus(HORIZONTAL_POD_AUTOSCALER, { ...autoscaler, status });
  }
}
