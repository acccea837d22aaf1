// One lab's workspace: the holder of its namespaces, its terminals and commands, and the relay into its sandbox.
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { DocksideError, messageOf } from '../../base/index.ts';
import type { Leftover } from '../../sandboxes/sandbox.ts';
import type { Hold, PtyHost, Terminal, TerminalSize } from '../../terminals/index.ts';
import { PACK, packWith, UNPACK, unpackWith } from '../archive.ts';
import { runCommand } from '../command-runner.ts';
import type { HomeFiles } from '../home/home-files.ts';
import { NamespaceDoors } from '../relay/namespace-doors.ts';
import { NetworkRelay } from '../relay/network-relay.ts';
import { removeFolder } from '../remove-folder.ts';
import { within } from '../within.ts';
import { WorkspaceTerminals } from '../workspace-terminals.ts';
import type { RunOptions, RunResult, Workspace, WorkspaceSpec } from '../workspace.ts';
import type { LabGroups } from './control-groups.ts';
import type { DiskGuard } from './disk-guard.ts';
import { baseEnvironment, enterCommand, holderCommand, inNetworkOf, type HolderLayout } from './commands.ts';
import { processesIn, waitUntilEmpty, writersIn } from './processes.ts';
import { HOME } from './system-files.ts';

/** What bwrap tells about the holder (its --info-fd). */
const holderInfoSchema = z.object({ 'child-pid': z.number().int().positive(), 'pid-namespace': z.number().int().positive() });

/** How long shells get to end by themselves (history, swap files) before everything is killed. */
const HANG_UP_MS = 500;
/** How long the kernel gets to end what was killed; a process that waits for a slow disk may need it. */
const END_MS = 5_000;

export interface BubblewrapWorkspaceOptions {
  spec: WorkspaceSpec;
  files: HomeFiles;
  ptyHost: PtyHost;
  layout: Omit<HolderLayout, 'ranges'>;
  /** Whether there is a system call filter. */
  isFiltered: boolean;
  /** Environment of every program beside what the sandboxes give. */
  env: Record<string, string>;
  /** Absent where the machine does not let the server make them. */
  groups: LabGroups | undefined;
  diskGuard: DiskGuard;
  releaseUser(): Promise<void>;
  warn(message: string): void;
}

interface Holder {
  /** Process 1 of the lab's process namespace, by its id on the host: everything in the lab ends with it. */
  pid: number;
  ended: Promise<unknown>;
  /** Resolves when what the sandboxes publish can be reached. */
  reachable: Promise<void>;
  relay: NetworkRelay;
  guarded: Disposable;
}

export class BubblewrapWorkspace implements Workspace {
  readonly driver = 'bubblewrap';
  readonly isolated = true;
  readonly files: HomeFiles;
  readonly #options: BubblewrapWorkspaceOptions;
  readonly #terminals: WorkspaceTerminals;
  #holder: Promise<Holder> | undefined;
  #hold: Hold | undefined;
  #pidNamespace: number | undefined;

  constructor(options: BubblewrapWorkspaceOptions) {
    this.#options = options;
    this.files = options.files;
    this.#terminals = new WorkspaceTerminals({
      ptyHost: options.ptyHost,
      labId: options.spec.labId,
      shell: async () => this.#enter((await this.#ensureHolder()).pid, HOME, {}, ['/bin/bash', '--rcfile', '/etc/bashrc', '-i']),
    });
  }

  get #labId(): string {
    return this.#options.spec.labId;
  }

  /** Makes the namespaces, or takes up those that still live from before a restart of the server. */
  async start(): Promise<void> {
    await this.#ensureHolder();
  }

  async openTerminal(size: TerminalSize): Promise<Terminal> {
    return await this.#terminals.open(size);
  }

  async terminals(): Promise<Terminal[]> {
    return await this.#terminals.running();
  }

  async findTerminal(id: string): Promise<Terminal | undefined> {
    return await this.#terminals.find(id);
  }

  async reachable(): Promise<void> {
    await (
      await this.#ensureHolder()
    ).reachable;
  }

  async run(command: string[], options: RunOptions): Promise<RunResult> {
    const { pid, reachable } = await this.#ensureHolder();
    // A person at a prompt is slower than the relay; a script is not.
    await reachable;
    const cwd = posix.resolve(HOME, options.cwd ?? '.');
    return await runCommand(this.#enter(pid, cwd, options.env ?? {}, command), options);
  }

  async pack(): Promise<Readable> {
    const { pid } = await this.#ensureHolder();
    return packWith(this.#enter(pid, HOME, {}, PACK));
  }

  async unpack(archive: Readable): Promise<void> {
    const { pid } = await this.#ensureHolder();
    await unpackWith(this.#enter(pid, HOME, {}, UNPACK), archive, this.#options.spec.limits);
  }

  async suspend(): Promise<void> {
    const holder = await this.#letGo();
    await this.#terminals.hangUp(HANG_UP_MS);
    if (holder && killProcess(holder.pid)) {
      await within(END_MS, holder.ended);
    }
    await this.#options.ptyHost.release(this.#labId);
  }

  async close(): Promise<Leftover[]> {
    const leftovers: Leftover[] = [];
    const { folder } = this.#options.spec;
    await this.suspend().catch((error: unknown) =>
      leftovers.push({ what: `processes of lab ${this.#labId} (${messageOf(error)})`, where: 'this machine', remedy: 'Restart Dockside.' }),
    );
    const processes = this.#pidNamespace === undefined ? [] : await waitUntilEmpty(this.#pidNamespace, END_MS);
    if (processes.length > 0) {
      leftovers.push({ what: 'processes', where: `process ids ${processes.join(', ')}`, remedy: `kill -9 ${processes.join(' ')}` });
    }
    await this.#options.groups
      ?.remove()
      .catch((error: unknown) =>
        leftovers.push({ what: `a control group (${messageOf(error)})`, where: '/sys/fs/cgroup', remedy: 'Remove it with rmdir.' }),
      );
    await removeFolder(folder).catch((error: unknown) =>
      leftovers.push({ what: `files (${messageOf(error)})`, where: folder, remedy: `rm -rf '${folder}'` }),
    );
    if (leftovers.length === 0) {
      await this.#options.releaseUser();
    }
    return leftovers;
  }

  /** Leaves the workspace: its terminals live on for the next server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#letGo();
  }

  async #letGo(): Promise<Holder | undefined> {
    const holder = await this.#holder?.catch(() => undefined);
    this.#holder = undefined;
    holder?.guarded[Symbol.dispose]();
    await holder?.relay[Symbol.asyncDispose]();
    return holder;
  }

  /**
   * The home folder is too large: what writes into it is ended, and the learner is told in their terminals. Where it grows though no
   * program is seen that writes (many short ones, or empty files), everything that runs is ended.
   */
  async #endWriters(reason: string, isGrowing: boolean): Promise<void> {
    const pidNamespace = this.#pidNamespace;
    if (pidNamespace === undefined) {
      return;
    }
    const { dev } = await stat(this.#options.layout.home);
    const writers = await writersIn(pidNamespace, dev);
    if (writers.length > 0) {
      writers.forEach(killProcess);
      await this.#options.ptyHost.announce(this.#labId, `${reason} The program that wrote to it was ended; remove what you do not need.`);
    }
    if (isGrowing) {
      const holder = (await this.#holder?.catch(() => undefined))?.pid;
      await this.#options.ptyHost.announce(this.#labId, `${reason} Everything that ran was ended, since it went on growing.`);
      (await processesIn(pidNamespace)).filter((pid) => pid !== holder).forEach(killProcess);
    }
  }

  #ensureHolder(): Promise<Holder> {
    if (!this.#holder) {
      const starting = this.#startHolder();
      this.#holder = starting;
      starting.catch(() => {
        if (this.#holder === starting) {
          this.#holder = undefined;
        }
      });
    }
    return this.#holder;
  }

  async #startHolder(): Promise<Holder> {
    const { ptyHost, spec, layout } = this.#options;
    const networks = spec.access.flatMap(({ network }) => (network ? [network] : []));
    const ranges = networks.flatMap((network) => network.ranges);
    const running = await ptyHost.held(this.#labId);
    const hold = running ?? (await this.#startHold(ranges));
    const info = holderInfoSchema.parse(JSON.parse(hold.ready));
    const pid = info['child-pid'];
    this.#pidNamespace = info['pid-namespace'];
    const relay = new NetworkRelay({
      doors: new NamespaceDoors(inNetworkOf(layout.machine, pid)),
      networks,
      hosts: Object.assign({}, ...spec.access.map((access) => access.hosts)) as Record<string, string>,
      warn: (message) => this.#options.warn(message),
    });
    const guarded = this.#options.diskGuard.guard({
      home: layout.home,
      limits: spec.limits,
      onOver: (reason, isGrowing) => this.#endWriters(reason, isGrowing),
    });
    this.#hold = hold;
    void hold.ended.then(() => {
      // The learner may have ended it, or the pty host died: the next terminal gets new namespaces, with the same files.
      if (this.#hold === hold) {
        this.#hold = undefined;
        this.#holder = undefined;
      }
      guarded[Symbol.dispose]();
      return relay[Symbol.asyncDispose]();
    });
    const reachable = relay.start();
    if (running) {
      // Programs that the learner left running use the sandbox at once; in a new workspace nothing runs yet.
      await reachable;
    }
    return { pid, ended: hold.ended, reachable, relay, guarded };
  }

  async #startHold(ranges: readonly string[]): Promise<Hold> {
    try {
      return await this.#options.ptyHost.hold(this.#labId, holderCommand({ ...this.#options.layout, ranges }));
    } catch (error) {
      throw new DocksideError('WORKSPACE_START_FAILED', `The workspace could not be made: ${messageOf(error)}.`, { cause: error });
    }
  }

  #enter(holderPid: number, cwd: string, env: Record<string, string>, command: readonly string[]): ReturnType<typeof enterCommand> {
    const { layout, spec } = this.#options;
    return enterCommand(
      {
        machine: layout.machine,
        uid: layout.uid,
        holderPid,
        limits: spec.limits,
        controlGroups: layout.controlGroups,
        isFiltered: this.#options.isFiltered,
        cwd,
        env: { ...baseEnvironment(), ...this.#options.env, ...Object.assign({}, ...spec.access.map((access) => access.env)), ...env },
      },
      command,
    );
  }
}

/** Whether there was such a process. */
function killProcess(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
