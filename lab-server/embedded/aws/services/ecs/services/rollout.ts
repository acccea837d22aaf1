// Blue/green, linear and canary deployments: the stages of one, and what each waits for (developer guide, "Amazon ECS blue/green deployments").
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecs';
import type { Rollout, RolloutHook, Service, Task } from '../state.ts';
import { isAlive, isHealthy } from './task-condition.ts';

/** In their order. Hooks may wait at each but SCALE_UP, BAKE_TIME and CLEAN_UP. */
const ROLLOUT_STAGES = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
] as const;
export type RolloutStage = (typeof ROLLOUT_STAGES)[number];

export const STAGED_STRATEGIES: readonly string[] = ['BLUE_GREEN', 'LINEAR', 'CANARY'];

const MINUTE_MS = 60_000;
const ALL_TRAFFIC = 100;
/** What the API reference gives for configurations that leave them out. */
const DEFAULT_LINEAR = { stepPercent: 10, stepBakeTimeInMinutes: 6 };
const DEFAULT_CANARY = { canaryPercent: 5, canaryBakeTimeInMinutes: 10 };
const DEFAULT_HOOK_TIMEOUT_MINUTES = 24 * 60;

function stageRank(stage: RolloutStage): number {
  return ROLLOUT_STAGES.indexOf(stage);
}

/** The stage as answers show it: hooks before the production shift belong to that shift. */
export function shownStage(stage: RolloutStage): sdk.ServiceDeploymentLifecycleStage {
  return stage === 'PRE_PRODUCTION_TRAFFIC_SHIFT' ? 'PRODUCTION_TRAFFIC_SHIFT' : stage;
}

export function beginRollout(service: Service, deploymentId: string, sourceId: string, now: number): Rollout {
  return enter(service, { deploymentId, sourceId, stage: 'RECONCILE_SERVICE', since: now, weight: 0, test: false, hooks: [] }, now);
}

/** How many tasks a deployment shall have at this stage of the rollout. */
export function wantedTasks(service: Service, rollout: Rollout, deploymentId: string | undefined): number {
  const desired = service.desiredCount ?? 0;
  if (deploymentId === rollout.deploymentId) {
    return stageRank(rollout.stage) >= stageRank('SCALE_UP') ? desired : 0;
  }
  return deploymentId === rollout.sourceId && rollout.stage !== 'CLEAN_UP' ? desired : 0;
}

interface Advanced {
  rollout: Rollout;
  /** Milliseconds until time alone may bring it further. */
  wait?: number;
  /** Why it must be rolled back. */
  failure?: string;
}

/** Goes as far as tasks, time and hooks allow. The last stage ends with the old tasks, which the scheduler sees. */
export function advanceRollout(service: Service, before: Rollout, tasks: readonly Task[], now: number): Advanced {
  let rollout = before;
  for (;;) {
    const hooks = settleHooks(rollout.hooks, now);
    rollout = { ...rollout, hooks: hooks.hooks };
    if (hooks.failure !== undefined) {
      return { rollout, failure: hooks.failure };
    }
    if (hooks.wait !== undefined) {
      return { rollout, wait: hooks.wait };
    }
    const step = stepOf(service, rollout, tasks, now);
    rollout = step.rollout;
    if (!step.isDone || rollout.stage === 'CLEAN_UP') {
      return step.wait === undefined ? { rollout } : { rollout, wait: step.wait };
    }
    const next = ROLLOUT_STAGES[stageRank(rollout.stage) + 1] ?? 'CLEAN_UP';
    rollout = enter(service, { ...rollout, stage: next, since: now, hooks: [] }, now);
  }
}

function enter(service: Service, rollout: Rollout, now: number): Rollout {
  const test = rollout.test || stageRank(rollout.stage) >= stageRank('TEST_TRAFFIC_SHIFT');
  const hooks = (service.deploymentConfiguration?.lifecycleHooks ?? [])
    .filter((hook) => hook.lifecycleStages?.some((stage) => stage === rollout.stage))
    .map((hook): RolloutHook => {
      const isPause = hook.targetType === 'PAUSE';
      const minutes = hook.timeoutConfiguration?.timeoutInMinutes ?? DEFAULT_HOOK_TIMEOUT_MINUTES;
      return {
        hookId: randomUUID(),
        targetType: isPause ? 'PAUSE' : 'AWS_LAMBDA',
        ...(hook.hookTargetArn === undefined ? {} : { targetArn: hook.hookTargetArn }),
        // The endpoint has no functions to call: such a hook succeeds, which the fidelity list says.
        status: isPause ? 'AWAITING_ACTION' : 'SUCCEEDED',
        ...(isPause ? { expiresAt: now + minutes * MINUTE_MS, timeoutAction: hook.timeoutConfiguration?.action ?? 'ROLLBACK' } : {}),
      };
    });
  return { ...rollout, test, hooks };
}

function settleHooks(hooks: readonly RolloutHook[], now: number): { hooks: RolloutHook[]; wait?: number; failure?: string } {
  const settled = hooks.map((hook): RolloutHook =>
    hook.status === 'AWAITING_ACTION' && (hook.expiresAt ?? 0) <= now ? { ...hook, status: 'TIMED_OUT' } : hook,
  );
  if (settled.some((hook) => hook.status === 'FAILED' || (hook.status === 'TIMED_OUT' && hook.timeoutAction !== 'CONTINUE'))) {
    const failed = settled.find((hook) => hook.status === 'FAILED');
    return { hooks: settled, failure: failed ? 'A lifecycle hook asked for a rollback.' : 'A lifecycle hook timed out.' };
  }
  const open = settled.filter((hook) => hook.status === 'AWAITING_ACTION');
  return open.length > 0 ? { hooks: settled, wait: Math.min(...open.map((hook) => hook.expiresAt ?? 0)) - now } : { hooks: settled };
}

interface Step {
  rollout: Rollout;
  isDone: boolean;
  wait?: number;
}

function stepOf(service: Service, rollout: Rollout, tasks: readonly Task[], now: number): Step {
  const configuration = service.deploymentConfiguration ?? {};
  const isOver = (minutes: number): Step => {
    const left = rollout.since + minutes * MINUTE_MS - now;
    return left > 0 ? { rollout, isDone: false, wait: left } : { rollout, isDone: true };
  };
  switch (rollout.stage) {
    case 'SCALE_UP': {
      const healthy = tasks.filter((task) => task.startedBy === rollout.deploymentId && isAlive(task) && isHealthy(task));
      return { rollout, isDone: healthy.length >= (service.desiredCount ?? 0) };
    }
    case 'PRODUCTION_TRAFFIC_SHIFT':
      return shiftStep(service, rollout, isOver, now);
    case 'BAKE_TIME':
      return isOver(configuration.bakeTimeInMinutes ?? 0);
    default:
      return { rollout, isDone: true };
  }
}

function shiftStep(service: Service, rollout: Rollout, isOver: (minutes: number) => Step, now: number): Step {
  const { strategy, linearConfiguration, canaryConfiguration } = service.deploymentConfiguration ?? {};
  if (strategy !== 'LINEAR' && strategy !== 'CANARY') {
    return { rollout: { ...rollout, weight: ALL_TRAFFIC }, isDone: true };
  }
  const percent =
    strategy === 'LINEAR'
      ? (linearConfiguration?.stepPercent ?? DEFAULT_LINEAR.stepPercent)
      : (canaryConfiguration?.canaryPercent ?? DEFAULT_CANARY.canaryPercent);
  const bake =
    strategy === 'LINEAR'
      ? (linearConfiguration?.stepBakeTimeInMinutes ?? DEFAULT_LINEAR.stepBakeTimeInMinutes)
      : (canaryConfiguration?.canaryBakeTimeInMinutes ?? DEFAULT_CANARY.canaryBakeTimeInMinutes);
  if (rollout.weight > 0) {
    const baked = isOver(bake);
    if (!baked.isDone) {
      return baked;
    }
  }
  const weight = Math.min(ALL_TRAFFIC, strategy === 'CANARY' && rollout.weight > 0 ? ALL_TRAFFIC : rollout.weight + percent);
  const shifted = { ...rollout, weight, since: now };
  return weight === ALL_TRAFFIC ? { rollout: shifted, isDone: true } : { rollout: shifted, isDone: false, wait: bake * MINUTE_MS };
}
