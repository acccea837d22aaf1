// The operations of stacks that are under way.
import type { AwsContext } from '../../service.ts';
import { cloudFormationTables, type Stack } from '../state.ts';
import { StackRun } from './run.ts';

const worlds = new WeakMap<object, StackWorld>();

/** The living half of CloudFormation. Throws before it started. */
export function stackWorldOf(context: Pick<AwsContext, 'tables'>): StackWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('CloudFormation has not started');
  }
  return world;
}

export class StackWorld implements Disposable {
  readonly #context: AwsContext;
  readonly #runs = new Map<string, StackRun>();

  constructor(context: AwsContext) {
    this.#context = context;
    worlds.set(context.tables, this);
  }

  /** Takes up every operation that is on record. */
  resume(): void {
    for (const stack of cloudFormationTables(this.#context.tables).stacks.list()) {
      if (stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS') {
        this.#start(stack);
      }
    }
  }

  /** Begins what a stack's status says. Resolves when it is over or has to wait for something. */
  async launch(stack: Stack): Promise<void> {
    await this.#start(stack).settled;
  }

  /** Ends what is under way for a stack, with its way back where it has one. */
  async halt(stackId: string, reason: Error): Promise<void> {
    const run = this.#runs.get(stackId);
    if (run) {
      run.halt(reason);
      await run.done;
    }
  }

  /** Lets go of what is under way for a stack, without a way back. */
  async abandon(stackId: string): Promise<void> {
    const run = this.#runs.get(stackId);
    if (run) {
      run[Symbol.dispose]();
      await run.done;
    }
  }

  [Symbol.dispose](): void {
    for (const run of this.#runs.values()) {
      run[Symbol.dispose]();
    }
    worlds.delete(this.#context.tables);
  }

  #start(stack: Stack): StackRun {
    const run = new StackRun(this.#context, stack);
    this.#runs.set(stack.stackId, run);
    void run.done.then(() => {
      if (this.#runs.get(stack.stackId) === run) {
        this.#runs.delete(stack.stackId);
      }
    });
    return run;
  }
}
