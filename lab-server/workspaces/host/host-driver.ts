// The plain shell of the server's own user: for one person on their own machine, where nothing better can be made. It isolates nothing,
// and the page says so.
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Availability } from '../../sandboxes/sandbox.ts';
import type { PtyHost } from '../../terminals/index.ts';
import { findProgram } from '../bubblewrap/machine.ts';
import { writeSystemFiles } from '../bubblewrap/system-files.ts';
import { HomeFiles } from '../home/home-files.ts';
import { writeHostProgramScripts } from '../programs.ts';
import { writeAccessFiles, writeStarterFiles } from '../starter-files.ts';
import type { Workspace, WorkspaceDriver, WorkspaceProgram, WorkspaceSpec } from '../workspace.ts';
import { HostWorkspace } from './host-workspace.ts';

export interface HostOptions {
  ptyHost: PtyHost;
  /** A folder of the server's for what all workspaces share. */
  folder: string;
  /** Where to look for programs; the server's PATH. */
  path: string;
  programs?: readonly WorkspaceProgram[];
}

/** Only for a server that listens on loopback and has one learner: who wires the drivers sees to that. */
export class HostDriver implements WorkspaceDriver {
  readonly name = 'host';
  readonly isForOnePerson = true;
  readonly #options: HostOptions;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  async probe(): Promise<Availability> {
    if (process.platform === 'win32') {
      return {
        ready: false,
        reason: 'The host workspace needs a Unix shell.',
        remedy: 'Use the docker workspace, or start Dockside in WSL.',
      };
    }
    return findProgram('bash', this.#options.path)
      ? { ready: true }
      : { ready: false, reason: 'Missing program: bash.', remedy: 'Install bash.' };
  }

  async create(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
    const { folder, path, programs = [], ptyHost } = this.#options;
    const bash = findProgram('bash', path) ?? '/bin/bash';
    const etc = join(folder, 'host-etc');
    const bin = join(folder, 'host-bin');
    await writeSystemFiles(etc);
    await writeHostProgramScripts(programs, bin, process.execPath);
    const home = join(spec.folder, 'home');
    await mkdir(home, { recursive: true, mode: 0o700 });
    const files = new HomeFiles({ home, homeInside: home, uid: undefined, limits: spec.limits });
    await writeStarterFiles(files, spec.files);
    const accessFiles = Object.assign({}, ...spec.access.map((access) => access.hostFiles ?? access.files)) as Record<
      string,
      { content: string }
    >;
    await writeAccessFiles(files, accessFiles, join(spec.folder, 'access.json'));
    signal.throwIfAborted();
    return new HostWorkspace({
      spec,
      files,
      ptyHost,
      home,
      bash,
      etc,
      path: `${bin}:${path}`,
      userName: homedir().split('/').at(-1) ?? 'learner',
    });
  }
}
