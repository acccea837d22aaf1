// The one loop that runs every controller: watches fill work queues, each turn of the event loop drains a bounded part of them.
import type { Clock } from '../../../base/index.ts';
import { isApiError } from '../api/errors.ts';
import type { ClusterClient } from '../cluster-client.ts';
import { createEventRecorder } from '../events/index.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { BackOff } from '../kubelet/back-off.ts';
import { WorkQueue } from './work-queue.ts';

/** Reconciles per turn, so that requests are answered between turns however much there is to do. */
const RECONCILES_PER_TURN = 16;
/**
 * Pods that fail as soon as they are made are replaced at this pace. The real controllers are slowed down by their rate of requests
 * alone; in one process that would be no limit at all.
 */
const FIRST_BACK_OFF_MS = 1000;
const LAST_BACK_OFF_MS = 60_000;
/** Conflicts in a row that are retried at once before the back-off applies to them too. */
const CONFLICTS_AT_ONCE = 5;

export interface LoopOptions {
  client: ClusterClient;
  clock: Clock;
  controllers: readonly Controller[];
  /** Told of every reconcile that failed. A failure that is no refusal of the API is a bug. */
  onError?: (failure: { controller: string; key: Key; error: unknown; isBug: boolean }) => void;
}

export interface ControllerLoop extends Disposable {
  /** Whether keys wait for a turn. Keys that wait for a time do not count. */
  readonly isBusy: boolean;
}

interface Runner {
  controller: Controller;
  queue: WorkQueue;
  context: ControllerContext;
}

/** Starts the watches of all controllers and reconciles until disposed. */
export function runControllers({ client, clock, controllers, onError }: LoopOptions): ControllerLoop {
  const watches: Disposable[] = [];
  let turn: NodeJS.Immediate | undefined;
  let stopped = false;
  const runners: Runner[] = controllers.map((controller) => {
    const account = controller.serviceAccount ?? controller.name;
    const own = client.as({ user: `system:serviceaccount:kube-system:${account}`, fieldManager: 'kube-controller-manager' });
    const recorder = createEventRecorder({ client: own, clock, component: controller.name });
    const event: ControllerContext['event'] = (about, type, reason, message) => recorder.event(about, type, reason, message);
    return {
      controller,
      queue: new WorkQueue(clock, wake),
      context: { client: own, clock, event, backOff: new BackOff(clock, FIRST_BACK_OFF_MS, LAST_BACK_OFF_MS) },
    };
  });

  for (const { controller, queue, context } of runners) {
    for (const watch of controller.watches) {
      watches.push(
        context.client.watch(watch.kind, ({ object, old }) => {
          for (const key of watch.keys(object, old, context.client)) {
            queue.add(key);
          }
        }),
      );
    }
    if (controller.listen) {
      watches.push(controller.listen((key) => queue.add(key)));
    }
    if (controller.watchesAll) {
      watches.push(
        context.client.watchAll((event) => {
          for (const key of controller.watchesAll?.(event, context.client) ?? []) {
            queue.add(key);
          }
        }),
      );
    }
  }

  function wake(): void {
    if (!stopped) {
      turn ??= setImmediate(drain);
    }
  }

  function drain(): void {
    turn = undefined;
    let left = RECONCILES_PER_TURN;
    let waiting = runners.filter(({ queue }) => queue.size > 0);
    // Round robin: a controller with much to do never starves another.
    while (left > 0 && waiting.length > 0) {
      for (const runner of waiting) {
        left -= left > 0 ? reconcileNext(runner) : 0;
      }
      waiting = waiting.filter(({ queue }) => queue.size > 0);
    }
    if (waiting.length > 0) {
      wake();
    }
  }

  /** Reconciles the runner's next key; returns how much of the turn that took. */
  function reconcileNext({ controller, queue, context }: Runner): number {
    const key = queue.take();
    if (key === undefined) {
      return 0;
    }
    try {
      const result = controller.reconcile(key, context);
      queue.forget(key);
      if (result) {
        queue.addAfter(key, result.requeueAfterMs);
        // What wants to go on at once has done a whole turn's worth already.
        return result.requeueAfterMs <= 0 ? RECONCILES_PER_TURN : 1;
      }
    } catch (error) {
      onError?.({ controller: controller.name, key, error, isBug: !isApiError(error) });
      queue.retry(key);
      if (isApiError(error, 'Conflict') && queue.failures(key) <= CONFLICTS_AT_ONCE) {
        queue.add(key);
      }
    }
    return 1;
  }

  return {
    get isBusy() {
      return turn !== undefined;
    },
    [Symbol.dispose]() {
      stopped = true;
      clearImmediate(turn);
      turn = undefined;
      for (const watch of watches) {
        watch[Symbol.dispose]();
      }
      for (const { queue } of runners) {
        queue[Symbol.dispose]();
      }
    },
  };
}
