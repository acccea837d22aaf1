// One lab's workspace in a container of its own, with the container that relays its network.
import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DocksideError, messageOf } from '../../base/index.ts';
import type { Leftover } from '../../sandboxes/sandbox.ts';
import type { PtyCommand, PtyHost, Terminal, TerminalSize } from '../../terminals/index.ts';
import { PACK, packWith, UNPACK, unpackWith } from '../archive.ts';
import type { DiskGuard } from '../bubblewrap/disk-guard.ts';
import { HOME } from '../bubblewrap/system-files.ts';
import { runCommand } from '../command-runner.ts';
import type { HomeFiles } from '../home/home-files.ts';
import { NetworkRelay } from '../relay/network-relay.ts';
import { removeFolder } from '../remove-folder.ts';
import { within } from '../within.ts';
import { WorkspaceTerminals } from '../workspace-terminals.ts';
import type { RunOptions, RunResult, Workspace, WorkspaceSpec } from '../workspace.ts';
import { ContainerDoors } from './container-doors.ts';
import { execArguments, relayArguments, runArguments, type ContainerLayout } from './container-commands.ts';
import type { Docker } from './docker-command.ts';
import { MarkedTerminal } from './marked-terminal.ts';

const RELAY_PROGRAM = fileURLToPath(new URL('./relay-program.mjs', import.meta.url));
/** How long shells get to end by themselves before the container is removed. */
const HANG_UP_MS = 500;
/** Environment variable by which the processes of one terminal or command are found in the container. */
const MARK = 'DOCKSIDE_MARK';
/** Ends the processes whose environment has the mark: $1 is the signal, $2 the mark. */
const END_MARKED = `for p in /proc/[0-9]*; do if grep -qzs "^${MARK}=$2$" "$p/environ"; then kill "-$1" "\${p#/proc/}"; fi; done 2>/dev/null; true`;

export interface DockerWorkspaceOptions {
  spec: WorkspaceSpec;
  docker: Docker;
  layout: ContainerLayout;
  /** Label that all containers of this lab have, `name=value`. */
  label: string;
  files: HomeFiles;
  home: string;
  ptyHost: PtyHost;
  diskGuard: DiskGuard;
  env: Readonly<Record<string, string>>;
  releaseUser(): Promise<void>;
  warn(message: string): void;
}

interface Running {
  /** Of the container. Each start has its own: the engine may still be removing the one before. */
  name: string;
  /** Resolves when what the sandboxes publish can be reached. */
  reachable: Promise<void>;
  letGo(): Promise<void>;
}

export class DockerWorkspace implements Workspace {
  readonly driver = 'docker';
  readonly isolated = true;
  readonly files: HomeFiles;
  readonly #options: DockerWorkspaceOptions;
  readonly #terminals: WorkspaceTerminals;
  #running: Promise<Running> | undefined;
  #current: Running | undefined;

  constructor(options: DockerWorkspaceOptions) {
    this.#options = options;
    this.files = options.files;
    this.#terminals = new WorkspaceTerminals({
      ptyHost: options.ptyHost,
      labId: options.spec.labId,
      shell: async (id) => {
        const { name } = await this.#ensureRunning();
        return this.#exec(name, { isTerminal: true, env: { [MARK]: id } }, ['/bin/bash', '--rcfile', '/etc/bashrc', '-i']);
      },
      adapt: (terminal) => new MarkedTerminal(terminal, () => void this.#endMarked(terminal.id, 'HUP')),
    });
  }

  get #labId(): string {
    return this.#options.spec.labId;
  }

  /** Starts the container, or takes up the one that still runs from before a restart of the server. */
  async start(): Promise<void> {
    await this.#ensureRunning();
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
      await this.#ensureRunning()
    ).reachable;
  }

  async run(command: string[], options: RunOptions): Promise<RunResult> {
    const { name, reachable } = await this.#ensureRunning();
    await reachable;
    const mark = newMark();
    const cwd = posix.resolve(HOME, options.cwd ?? '.');
    try {
      const result = await runCommand(this.#exec(name, { cwd, env: { ...options.env, [MARK]: mark } }, command), options);
      if (result.timedOut) {
        await this.#endMarked(mark, 'KILL');
      }
      return result;
    } catch (error) {
      await this.#endMarked(mark, 'KILL');
      throw error;
    }
  }

  async pack(): Promise<Readable> {
    const { name } = await this.#ensureRunning();
    const mark = newMark();
    const output = packWith(this.#exec(name, { env: { [MARK]: mark } }, PACK));
    output.once('close', () => output.readableEnded || void this.#endMarked(mark, 'KILL'));
    return output;
  }

  async unpack(archive: Readable): Promise<void> {
    const { name } = await this.#ensureRunning();
    const mark = newMark();
    try {
      await unpackWith(this.#exec(name, { env: { [MARK]: mark } }, UNPACK), archive, this.#options.spec.limits);
    } catch (error) {
      await this.#endMarked(mark, 'KILL');
      throw error;
    }
  }

  async suspend(): Promise<void> {
    const terminals = await this.#terminals.hangUp(HANG_UP_MS);
    await this.#letGo();
    const { docker, label, ptyHost } = this.#options;
    await docker.remove(await docker.containers(label));
    await ptyHost.release(this.#labId);
    await within(HANG_UP_MS, Promise.all(terminals.map((terminal) => terminal.exited)));
  }

  async close(): Promise<Leftover[]> {
    const { docker, label, spec } = this.#options;
    const leftovers: Leftover[] = [];
    await this.suspend().catch((error: unknown) =>
      leftovers.push({ what: `containers of lab ${this.#labId} (${messageOf(error)})`, where: 'Docker', remedy: 'See docker ps.' }),
    );
    const left = await docker.containers(label).catch(() => []);
    if (left.length > 0) {
      leftovers.push({ what: 'containers', where: left.join(', '), remedy: `docker rm -f ${left.join(' ')}` });
    }
    await removeFolder(spec.folder).catch((error: unknown) =>
      leftovers.push({ what: `files (${messageOf(error)})`, where: spec.folder, remedy: `rm -rf '${spec.folder}'` }),
    );
    if (leftovers.length === 0) {
      await this.#options.releaseUser();
    }
    return leftovers;
  }

  /** Its container and terminals live on for the next server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    this.#current = undefined;
    await running?.letGo();
  }

  #ensureRunning(): Promise<Running> {
    if (!this.#running) {
      const starting = this.#start();
      this.#running = starting;
      starting.catch(() => {
        if (this.#running === starting) {
          this.#running = undefined;
        }
      });
    }
    return this.#running;
  }

  async #start(): Promise<Running> {
    const { docker, layout, ptyHost, spec, label } = this.#options;
    let hold = await ptyHost.held(this.#labId);
    const isTakenUp = hold !== undefined;
    if (!hold) {
      // One may be left from a pty host that was killed a moment ago.
      await docker.remove(await docker.containers(label));
      const command = docker.command(runArguments(`dockside-${spec.labId}-${randomBytes(4).toString('hex')}`, layout));
      hold = await ptyHost.hold(this.#labId, command).catch((error: unknown) => {
        throw new DocksideError('WORKSPACE_START_FAILED', `The workspace could not be made: ${messageOf(error)}.`, { cause: error });
      });
    }
    const name = hold.ready.trim();
    const networks = spec.access.flatMap(({ network }) => (network ? [network] : []));
    const opening = ContainerDoors.open(
      docker.command(relayArguments(name, layout, RELAY_PROGRAM)),
      networks.flatMap(({ ranges }) => ranges),
    );
    const hosts = Object.assign({}, ...spec.access.map((access) => access.hosts)) as Record<string, string>;
    const relaying = opening.then(async (doors) => {
      const relay = new NetworkRelay({ doors, networks, hosts, warn: (message) => this.#options.warn(message) });
      await relay.start();
      return relay;
    });
    relaying.catch(() => undefined);
    const guarded = this.#options.diskGuard.guard({
      home: this.#options.home,
      limits: spec.limits,
      onOver: (reason, isGrowing) => this.#endWriters(reason, isGrowing),
    });
    const letGo = async (): Promise<void> => {
      guarded[Symbol.dispose]();
      const relay = await relaying.catch(() => undefined);
      await relay?.[Symbol.asyncDispose]();
    };
    const running: Running = { name, reachable: relaying.then(() => undefined), letGo };
    running.reachable.catch(() => undefined);
    this.#current = running;
    void hold.ended.then(() => {
      // The learner may have ended it, or the pty host died: the next terminal gets a new container, with the same files.
      if (this.#current === running) {
        this.#current = undefined;
        this.#running = undefined;
      }
      return letGo();
    });
    if (isTakenUp) {
      // Programs that the learner left running use the sandbox at once.
      await relaying.catch(() => undefined);
    }
    return running;
  }

  /** Which of the programs writes cannot be seen from outside on every engine; while the folder grows, all end. */
  async #endWriters(reason: string, isGrowing: boolean): Promise<void> {
    if (isGrowing) {
      await this.#options.ptyHost.announce(this.#labId, `${reason} Everything that ran was ended, since it went on growing.`);
      await this.#inContainer(['/bin/bash', '-c', 'kill -9 -1']);
    }
  }

  async #endMarked(mark: string, signal: 'HUP' | 'KILL'): Promise<void> {
    await this.#inContainer(['/bin/bash', '-c', END_MARKED, 'end', signal, mark]);
  }

  /** Something of ours in the learner's container; it may be gone already. */
  async #inContainer(command: readonly string[]): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    if (running) {
      await this.#options.docker.run(['exec', '--user', this.#options.layout.user, running.name, ...command]).catch(() => undefined);
    }
  }

  #exec(
    name: string,
    options: { cwd?: string; env: Record<string, string>; isTerminal?: boolean },
    command: readonly string[],
  ): PtyCommand {
    const { docker, env, layout } = this.#options;
    const where = {
      name,
      user: layout.user,
      cwd: options.cwd ?? HOME,
      env: { ...env, ...options.env },
      isTerminal: options.isTerminal ?? false,
    };
    return docker.command(execArguments(where, command));
  }
}

function newMark(): string {
  return randomBytes(12).toString('hex');
}
