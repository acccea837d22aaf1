// One stack's operation from its beginning to its end: creation, update or deletion, and the way back when something fails.
import { messageOf } from '../../../../../base/index.ts';
import type { AwsContext } from '../../service.ts';
import { resolve } from '../template/functions.ts';
import { creationOrder, dependenciesOf } from '../template/references.ts';
import { parseTemplate } from '../template/template.ts';
import { validationError } from '../errors.ts';
import type { ResourceRecord, Stack, StackBody, StackOutput } from '../state.ts';
import { createResource, propertiesOf, removeResource, requireType, updateResource, type Work } from './apply.ts';
import { resolvedParameters } from './dynamic-references.ts';
import { apiOf } from './place.ts';
import { readStack, saveStack, setStatus, stacksOf } from './records.ts';
import { activeResources, scopeOf } from './scope.ts';
import { textOf } from '../text-of.ts';

export class StackRun implements Disposable {
  readonly #context: AwsContext;
  readonly #initial: Stack;
  readonly #halted = new AbortController();
  readonly #waits = Promise.withResolvers<void>();
  readonly #work: Work;
  #isClosed = false;
  /** Resolves when the operation is over, however. */
  readonly done: Promise<void>;

  constructor(context: AwsContext, stack: Stack) {
    this.#context = context;
    this.#initial = stack;
    this.#work = {
      stack: () => this.#stack,
      context,
      waiting: { signal: this.#halted.signal, onWait: () => this.#waits.resolve() },
      isClosed: () => this.#isClosed,
    };
    this.done = this.#run();
  }

  /** Resolves when the operation is over or has to wait for something. */
  get settled(): Promise<void> {
    return Promise.race([this.done, this.#waits.promise]);
  }

  /** Ends what is under way; the operation takes its way back. */
  halt(reason: Error): void {
    this.#halted.abort(reason);
  }

  /** Lets go at once; the records stay as they are, for the next start. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#halted.abort(new Error('the endpoint is shutting down'));
  }

  get #stack(): Stack {
    return readStack(this.#initial, this.#initial.stackId, this.#context);
  }

  #status(status: Stack['status'], reason?: string): void {
    setStatus(this.#stack, status, reason, this.#context);
  }

  async #run(): Promise<void> {
    try {
      switch (this.#stack.status) {
        case 'CREATE_IN_PROGRESS':
          await this.#create();
          break;
        case 'UPDATE_IN_PROGRESS':
          await this.#update();
          break;
        case 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS':
          await this.#cleanUp('UPDATE_COMPLETE');
          break;
        case 'UPDATE_ROLLBACK_IN_PROGRESS':
        case 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS':
          await this.#rollBackUpdate(undefined);
          break;
        case 'ROLLBACK_IN_PROGRESS':
          await this.#removeAll('ROLLBACK_COMPLETE', 'ROLLBACK_FAILED');
          break;
        case 'DELETE_IN_PROGRESS':
          await this.#delete();
          break;
        default:
      }
    } catch (error) {
      if (!this.#isClosed) {
        process.emitWarning(
          `stack ${this.#initial.stackName}: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
        );
      }
    }
  }

  async #create(): Promise<void> {
    const failed = await this.#applyTemplate(this.#stack);
    if (this.#isClosed) {
      return;
    }
    if (failed === undefined) {
      this.#status('CREATE_COMPLETE');
      return;
    }
    const stack = this.#stack;
    if (stack.disableRollback || stack.onFailure === 'DO_NOTHING') {
      this.#status('CREATE_FAILED', failed);
    } else if (stack.onFailure === 'DELETE') {
      this.#status('DELETE_IN_PROGRESS', failed);
      await this.#delete();
    } else {
      this.#status('ROLLBACK_IN_PROGRESS', `${failed} Rollback requested by user.`);
      await this.#removeAll('ROLLBACK_COMPLETE', 'ROLLBACK_FAILED');
    }
  }

  async #update(): Promise<void> {
    const failed = await this.#applyTemplate(this.#stack);
    if (this.#isClosed) {
      return;
    }
    if (failed !== undefined) {
      if (this.#stack.disableRollback) {
        this.#status('UPDATE_FAILED', failed);
      } else {
        await this.#rollBackUpdate(failed);
      }
      return;
    }
    this.#status('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await this.#cleanUp('UPDATE_COMPLETE');
  }

  async #rollBackUpdate(reason: string | undefined): Promise<void> {
    const { before } = this.#stack;
    if (reason !== undefined) {
      this.#status('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    }
    if (before) {
      this.#restoreReplaced();
      const stack = saveStack({ ...this.#stack, ...before }, this.#context);
      const failed = await this.#applyTemplate(stack, true);
      if (this.#isClosed) {
        return;
      }
      if (failed !== undefined) {
        this.#status('UPDATE_ROLLBACK_FAILED', failed);
        return;
      }
    }
    this.#status('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await this.#cleanUp('UPDATE_ROLLBACK_COMPLETE');
  }

  /** Resources that the update replaced come back; the new ones wait for removal. */
  #restoreReplaced(): void {
    const stack = this.#stack;
    const resources = { ...stack.resources };
    const leftovers = stack.leftovers.flatMap((old) => {
      const current = resources[old.logicalId];
      resources[old.logicalId] = old;
      return current ? [current] : [];
    });
    saveStack({ ...stack, resources, leftovers }, this.#context);
  }

  /** Removes what an update has left: replaced resources, and those that the template has no more. */
  async #cleanUp(end: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE'): Promise<void> {
    // A replaced resource that cannot be removed is told as an event; the update ends all the same.
    await this.#removeLeftovers();
    if (this.#isClosed) {
      return;
    }
    const stack = this.#stack;
    const active = activeResources(scopeOf(stack, stack, this.#context));
    const gone = Object.values(stack.resources).filter((record) => !active.has(record.logicalId) && record.status !== 'DELETE_COMPLETE');
    await this.#remove(gone);
    if (this.#isClosed) {
      return;
    }
    const resources = Object.fromEntries(Object.entries(this.#stack.resources).filter(([name]) => active.has(name)));
    saveStack({ ...this.#stack, resources, leftovers: [], before: undefined }, this.#context);
    this.#status(end);
  }

  async #delete(): Promise<void> {
    const leftovers = await this.#removeLeftovers();
    if (this.#isClosed) {
      return;
    }
    saveStack({ ...this.#stack, leftovers }, this.#context);
    await this.#removeAll(
      'DELETE_COMPLETE',
      'DELETE_FAILED',
      leftovers.map((leftover) => leftover.logicalId),
    );
  }

  /** Removes what updates have replaced. Gives what could not be removed. */
  async #removeLeftovers(): Promise<ResourceRecord[]> {
    const kept: ResourceRecord[] = [];
    for (const leftover of this.#stack.leftovers) {
      if (!this.#isClosed && !(await removeResource(leftover, this.#work, true))) {
        kept.push(leftover);
      }
    }
    return kept;
  }

  /** Removes every resource of the stack; `kept`: names of those that are known not to go. */
  async #removeAll(
    end: 'DELETE_COMPLETE' | 'ROLLBACK_COMPLETE',
    onFailure: 'DELETE_FAILED' | 'ROLLBACK_FAILED',
    kept: readonly string[] = [],
  ): Promise<void> {
    const unremoved = await this.#remove(
      Object.values(this.#stack.resources).filter(
        (record) => !record.status.startsWith('DELETE_') || record.status === 'DELETE_FAILED' || record.status === 'DELETE_IN_PROGRESS',
      ),
    );
    if (this.#isClosed) {
      return;
    }
    const failed = [...new Set([...kept, ...unremoved])];
    if (failed.length > 0) {
      this.#status(onFailure, `The following resource(s) failed to delete: [${failed.join(', ')}]. `);
      return;
    }
    const stack = this.#stack;
    saveStack(
      { ...stack, outputs: [], imports: [], ...(end === 'DELETE_COMPLETE' ? { deletedAt: this.#context.clock.now() } : {}) },
      this.#context,
    );
    this.#status(end);
  }

  /** Removes resources, each after those that depend on it. Gives the names of those that could not be removed. */
  async #remove(records: readonly ResourceRecord[]): Promise<string[]> {
    const names = new Set(records.map((record) => record.logicalId));
    const dependencies = removalDependencies(this.#stack, names);
    const failed: string[] = [];
    const removals = new Map<string, Promise<void>>();
    const removalOf = (record: ResourceRecord): Promise<void> => {
      const known = removals.get(record.logicalId);
      if (known) {
        return known;
      }
      const dependents = records.filter((other) => dependencies.get(other.logicalId)?.has(record.logicalId));
      const removal = (async () => {
        await Promise.all(dependents.map(removalOf));
        if (!this.#isClosed && !(await removeResource(this.#stack.resources[record.logicalId] ?? record, this.#work))) {
          failed.push(record.logicalId);
        }
      })();
      removals.set(record.logicalId, removal);
      return removal;
    };
    await Promise.all(records.map(removalOf));
    return failed;
  }

  /** Makes the stack's resources what its template says. Gives a reason when that failed. */
  async #applyTemplate(body: StackBody, isRollback = false): Promise<string | undefined> {
    const imports = new Set<string>();
    const failed: string[] = [];
    try {
      const resolved = await resolvedParameters(body, apiOf(this.#stack, this.#context));
      saveStack({ ...this.#stack, resolved }, this.#context);
      const first = scopeOf(this.#stack, body, this.#context, imports);
      const active = activeResources(first);
      creationOrder(first.template, active);
      const dependencies = dependenciesOf(first.template, active);
      const steps = new Map<string, Promise<boolean>>();
      const stepOf = (name: string): Promise<boolean> => {
        const known = steps.get(name);
        if (known) {
          return known;
        }
        const step = (async () => {
          const ready = await Promise.all([...(dependencies.get(name) ?? [])].map(stepOf));
          if (ready.includes(false) || (failed.length > 0 && !isRollback) || this.#halted.signal.aborted) {
            return false;
          }
          try {
            await this.#applyOne(name, body, imports);
            return true;
          } catch {
            failed.push(name);
            return false;
          }
        })();
        steps.set(name, step);
        return step;
      };
      await Promise.all([...active].map(stepOf));
      if (failed.length > 0) {
        return `The following resource(s) failed to ${this.#stack.status.startsWith('CREATE') ? 'create' : 'update'}: [${failed.join(', ')}].`;
      }
      if (this.#halted.signal.aborted) {
        return messageOf(this.#halted.signal.reason);
      }
      const outputs = outputsOf(this.#stack, body, this.#context, imports);
      saveStack({ ...this.#stack, outputs, imports: [...imports] }, this.#context);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  async #applyOne(name: string, body: StackBody, imports: Set<string>): Promise<void> {
    const scope = scopeOf(this.#stack, body, this.#context, imports);
    const record = this.#stack.resources[name];
    const declared = scope.template.Resources[name];
    if (record?.status === 'CREATE_IN_PROGRESS' && record.physicalId !== undefined) {
      // The process ended while the resource was made: it is made anew.
      await removeResource(record, this.#work, true);
      await createResource(name, scope, this.#work);
      return;
    }
    if (record?.physicalId === undefined || record.status.startsWith('DELETE_')) {
      await createResource(name, scope, this.#work);
      return;
    }
    if (record.type !== declared?.Type) {
      throw validationError(
        `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${name}]`,
      );
    }
    requireType(record.type);
    const properties = await propertiesOf(name, scope, this.#work);
    if (record.status.endsWith('_FAILED') || JSON.stringify(properties) !== JSON.stringify(record.properties)) {
      await updateResource(record, properties, this.#work);
    }
  }
}

/** By resource: what it depends on, by the template that it was made from. */
function removalDependencies(stack: Stack, names: ReadonlySet<string>): Map<string, Set<string>> {
  const bodies = [stack.template, ...(stack.before ? [stack.before.template] : [])].map(parseTemplate);
  const merged = new Map<string, Set<string>>();
  for (const template of bodies) {
    for (const [name, others] of dependenciesOf(template, names)) {
      merged.set(name, new Set([...(merged.get(name) ?? []), ...others]));
    }
  }
  return merged;
}

function outputsOf(stack: Stack, body: StackBody, context: AwsContext, imports: Set<string>): StackOutput[] {
  const scope = scopeOf(stack, body, context, imports);
  const outputs = Object.entries(scope.template.Outputs ?? {}).filter(
    ([, one]) => one.Condition === undefined || scope.conditions[one.Condition],
  );
  return outputs.map(([key, output]) => {
    const value = resolve(output.Value, scope);
    const exportName = output.Export === undefined ? undefined : textOf(resolve(output.Export.Name, scope));
    const holder =
      exportName === undefined
        ? undefined
        : stacksOf(stack, context).find(
            (other) =>
              other.stackId !== stack.stackId &&
              other.status !== 'DELETE_COMPLETE' &&
              other.outputs.some((one) => one.exportName === exportName),
          );
    if (holder) {
      throw validationError(`Export with name ${exportName ?? ''} is already exported by stack ${holder.stackName}.`);
    }
    return {
      key,
      value: Array.isArray(value) ? value.join(',') : textOf(value),
      ...(output.Description === undefined ? {} : { description: output.Description }),
      ...(exportName === undefined ? {} : { exportName }),
    };
  });
}
