// Drivers in memory for tests of the lab's life: they remember what was asked of them, and outlive a "server" that lets go of them.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AsyncQueue, DocksideError } from '../../lab-server/base/index.ts';
import type { LabContext, Leftover, Sandbox, SandboxDriver, Stage, WorkspaceAccess } from '../../lab-server/sandboxes/sandbox.ts';
import type { FileChange, WorkspaceFiles } from '../../lab-server/workspaces/files.ts';
import type { Workspace, WorkspaceDriver, WorkspaceSpec } from '../../lab-server/workspaces/workspace.ts';
import { StateByHand } from './state.ts';

export class SandboxInMemory implements Sandbox {
  readonly state = new StateByHand();
  readonly #failed = Promise.withResolvers<DocksideError>();
  readonly failed = this.#failed.promise;
  readonly log: string[] = [];
  leftovers: Leftover[] = [];

  access(): WorkspaceAccess {
    return { files: { '.kube/config': { content: 'config' } }, env: {}, hosts: { 'node.internal': '192.168.49.2' } };
  }
  reset(): Promise<void> {
    return this.#note('reset');
  }
  suspend(): Promise<void> {
    return this.#note('suspend');
  }
  async close(): Promise<Leftover[]> {
    await this.#note('close');
    return this.leftovers;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.#note('let go');
  }
  crash(): void {
    this.#failed.resolve(new DocksideError('SANDBOX_CRASHED', 'The cluster ended by itself.'));
  }
  #note(what: string): Promise<void> {
    this.log.push(what);
    return Promise.resolve();
  }
}

export class SandboxDriverInMemory implements SandboxDriver {
  readonly platform = 'kubernetes';
  readonly name = 'memory';
  readonly fidelity = 'embedded';
  readonly opened: { lab: LabContext; sandbox: SandboxInMemory }[] = [];
  /** Waited for by every open. */
  gate: Promise<void> = Promise.resolve();

  probe(): Promise<{ ready: true }> {
    return Promise.resolve({ ready: true });
  }
  async open(lab: LabContext, report: (stage: Stage) => void, signal: AbortSignal): Promise<Sandbox> {
    report({ id: 'cluster', text: 'Starting', state: 'running' });
    await Promise.race([
      this.gate,
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    ]);
    const sandbox = new SandboxInMemory();
    this.opened.push({ lab, sandbox });
    report({ id: 'cluster', text: 'Starting', state: 'done' });
    return sandbox;
  }
  get last(): SandboxInMemory {
    const last = this.opened.at(-1);
    if (!last) {
      throw new Error('no sandbox was opened');
    }
    return last.sandbox;
  }
}

export class WorkspaceInMemory implements Workspace {
  readonly driver = 'memory';
  readonly isolated = true;
  readonly log: string[] = [];
  readonly spec: WorkspaceSpec;
  unpacked: Buffer | undefined;
  readonly stored = new Map<string, { content: Uint8Array; version: string }>();
  readonly changes = new AsyncQueue<FileChange>(100);

  constructor(spec: WorkspaceSpec) {
    this.spec = spec;
    for (const [path, text] of Object.entries(spec.files)) {
      this.stored.set(path, { content: new TextEncoder().encode(text), version: '1' });
    }
  }

  readonly files: WorkspaceFiles = {
    list: () =>
      Promise.resolve(
        [...this.stored].map(([path, { content, version }]) => ({ path, type: 'file' as const, size: content.length, version })),
      ),
    read: (path) => {
      const file = this.stored.get(path);
      return file
        ? Promise.resolve({ path, ...file })
        : Promise.reject(new DocksideError('FILE_NOT_FOUND', `There is no file ${path}.`, { status: 404 }));
    },
    write: (path, content, ifVersion) => {
      const known = this.stored.get(path)?.version ?? null;
      if (ifVersion !== undefined && ifVersion !== known) {
        return Promise.reject(new DocksideError('FILE_CONFLICT', `${path} has changed.`, { status: 409 }));
      }
      const version = String(Number(known ?? 0) + 1);
      this.stored.set(path, { content: Uint8Array.from(content), version });
      return Promise.resolve(version);
    },
    rename: () => Promise.resolve(),
    remove: (path) => {
      this.stored.delete(path);
      return Promise.resolve();
    },
    watch: (signal) => {
      const queue = new AsyncQueue<FileChange>(100, signal);
      void (async () => {
        for await (const change of this.changes) {
          queue.push(change);
        }
      })();
      return queue;
    },
  };

  openTerminal(): Promise<never> {
    return Promise.reject(new Error('this workspace has no terminals'));
  }
  findTerminal(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  terminals(): Promise<[]> {
    return Promise.resolve([]);
  }
  reachable(): Promise<void> {
    return Promise.resolve();
  }

  run(): Promise<{ exitCode: number; stdout: string; stderr: string; timedOut: boolean }> {
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', timedOut: false });
  }
  pack(): Promise<Readable> {
    return Promise.resolve(Readable.from([Buffer.from('packed')]));
  }
  async unpack(archive: Readable): Promise<void> {
    this.unpacked = await buffer(archive);
  }
  suspend(): Promise<void> {
    this.log.push('suspend');
    return Promise.resolve();
  }
  close(): Promise<Leftover[]> {
    this.log.push('close');
    return Promise.resolve([]);
  }
  [Symbol.asyncDispose](): Promise<void> {
    this.log.push('let go');
    return Promise.resolve();
  }
}

export class WorkspaceDriverInMemory implements WorkspaceDriver {
  readonly name = 'bubblewrap';
  isForOnePerson = false;
  readonly created: WorkspaceInMemory[] = [];
  failure: Error | undefined;

  probe(): Promise<{ ready: true }> {
    return Promise.resolve({ ready: true });
  }
  create(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
    if (signal.aborted) {
      return Promise.reject(signal.reason as Error);
    }
    if (this.failure) {
      return Promise.reject(this.failure);
    }
    const workspace = new WorkspaceInMemory(spec);
    this.created.push(workspace);
    return Promise.resolve(workspace);
  }
  get last(): WorkspaceInMemory {
    const last = this.created.at(-1);
    if (!last) {
      throw new Error('no workspace was created');
    }
    return last;
  }
}
