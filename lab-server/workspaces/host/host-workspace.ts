// One lab's workspace on the bare machine: shells of the server's user with a home folder of their own.
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf } from '../../base/index.ts';
import type { Leftover } from '../../sandboxes/sandbox.ts';
import type { PtyCommand, PtyHost, Terminal, TerminalSize } from '../../terminals/index.ts';
import { PACK, packWith, UNPACK, unpackWith } from '../archive.ts';
import { runCommand } from '../command-runner.ts';
import type { HomeFiles } from '../home/home-files.ts';
import { removeFolder } from '../remove-folder.ts';
import { WorkspaceTerminals } from '../workspace-terminals.ts';
import type { RunOptions, RunResult, Workspace, WorkspaceSpec } from '../workspace.ts';
import { endMarkedProcesses, MARK } from './marked-processes.ts';

const HANG_UP_MS = 1_000;

export interface HostWorkspaceOptions {
  spec: WorkspaceSpec;
  files: HomeFiles;
  ptyHost: PtyHost;
  home: string;
  bash: string;
  /** Folder with the files of `writeSystemFiles`. */
  etc: string;
  path: string;
  userName: string;
}

export class HostWorkspace implements Workspace {
  readonly driver = 'host';
  readonly isolated = false;
  readonly files: HomeFiles;
  readonly #options: HostWorkspaceOptions;
  readonly #terminals: WorkspaceTerminals;

  constructor(options: HostWorkspaceOptions) {
    this.#options = options;
    this.files = options.files;
    const { ptyHost, spec, bash, etc } = options;
    this.#terminals = new WorkspaceTerminals({
      ptyHost,
      labId: spec.labId,
      shell: () => this.#command([bash, '--rcfile', join(etc, 'bashrc'), '-i']),
    });
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

  /** The machine's own network: there at once. */
  async reachable(): Promise<void> {}

  async run(command: string[], options: RunOptions): Promise<RunResult> {
    return await runCommand(this.#command(command, options), options);
  }

  async pack(): Promise<Readable> {
    return packWith(this.#command(PACK));
  }

  async unpack(archive: Readable): Promise<void> {
    await unpackWith(this.#command(UNPACK), archive, this.#options.spec.limits);
  }

  async suspend(): Promise<void> {
    await this.#terminals.hangUp(HANG_UP_MS);
    await endMarkedProcesses(this.#options.spec.labId);
  }

  async close(): Promise<Leftover[]> {
    const { labId, folder } = this.#options.spec;
    const leftovers: Leftover[] = [];
    await this.suspend();
    const processes = await endMarkedProcesses(labId);
    if (processes.length > 0) {
      leftovers.push({ what: 'processes', where: `process ids ${processes.join(', ')}`, remedy: `kill -9 ${processes.join(' ')}` });
    }
    await removeFolder(folder).catch((error: unknown) =>
      leftovers.push({ what: `files (${messageOf(error)})`, where: folder, remedy: `rm -rf '${folder}'` }),
    );
    return leftovers;
  }

  /** Its terminals live on for the next server. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #command([file = '', ...args]: readonly string[], options: Pick<RunOptions, 'cwd' | 'env'> = {}): PtyCommand {
    return { file, args, env: this.#env(options.env ?? {}), cwd: resolve(this.#options.home, options.cwd ?? '.') };
  }

  #env(more: Record<string, string>): Record<string, string> {
    const { home, path, bash, etc, userName, spec } = this.#options;
    return {
      HOME: home,
      USER: userName,
      LOGNAME: userName,
      SHELL: bash,
      PATH: path,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      INPUTRC: join(etc, 'inputrc'),
      LESS: '-R',
      [MARK]: spec.labId,
      ...Object.assign({}, ...spec.access.map((access) => access.hostEnv ?? access.env)),
      ...more,
    };
  }
}
