// Workspaces in Linux namespaces, the default on Linux.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DocksideError } from '../../base/index.ts';
import type { Availability } from '../../sandboxes/sandbox.ts';
import type { PtyHost } from '../../terminals/index.ts';
import { HomeFiles } from '../home/home-files.ts';
import { programBinds, writeProgramScripts } from '../programs.ts';
import { NAME_SERVER } from '../relay/network-relay.ts';
import { writeAccessFiles, writeStarterFiles } from '../starter-files.ts';
import type { Workspace, WorkspaceDriver, WorkspaceProgram, WorkspaceSpec } from '../workspace.ts';
import { BubblewrapWorkspace } from './bubblewrap-workspace.ts';
import { OWN_FOLDER, WORKSPACE_PATH, writeConfinement, type Bind } from './commands.ts';
import { ControlGroups } from './control-groups.ts';
import { DiskGuard } from './disk-guard.ts';
import { findProgram, type Machine } from './machine.ts';
import { probeMachine } from './probe.ts';
import { HOME, hostsFile, writeSystemFiles } from './system-files.ts';
import { writeTrust } from './trust.ts';
import { firstUserId, give, UserIds } from './user-ids.ts';

const INSIDE = { programs: `${OWN_FOLDER}/programs`, node: `${OWN_FOLDER}/node/bin/node` };

export interface BubblewrapOptions {
  ptyHost: PtyHost;
  /** A folder of the server's for what all workspaces share. */
  folder: string;
  /** Where to look for programs; the server's PATH. */
  path: string;
  /** Absolute path of the kubectl to offer; absent: the one in `path`. */
  kubectl?: string;
  programs?: readonly WorkspaceProgram[];
  /** Told of what went wrong without stopping anything. */
  warn(message: string): void;
}

/** What is the same for every lab. */
interface Prepared {
  machine: Machine;
  binds: Bind[];
  isFiltered: boolean;
  controlGroups: ControlGroups | undefined;
  /** Only where the server may give each lab a user of its own. */
  userIds: UserIds | undefined;
}

export class BubblewrapDriver implements WorkspaceDriver {
  readonly name = 'bubblewrap';
  readonly #options: BubblewrapOptions;
  readonly #diskGuard: DiskGuard;
  #prepared: Promise<Prepared> | undefined;

  constructor(options: BubblewrapOptions) {
    this.#options = options;
    this.#diskGuard = new DiskGuard({ folder: options.folder, warn: (message) => options.warn(message) });
  }

  async probe(): Promise<Availability> {
    const result = await probeMachine(this.#options.path);
    return 'machine' in result ? { ready: true } : result.unavailable;
  }

  async create(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
    this.#prepared ??= this.#prepare();
    this.#prepared.catch(() => {
      this.#prepared = undefined;
    });
    const { machine, binds, isFiltered, controlGroups, userIds } = await this.#prepared;
    signal.throwIfAborted();
    const uid = await userIds?.claim(spec.labId);
    const home = join(spec.folder, 'home');
    const labEtc = join(spec.folder, 'etc');
    await mkdir(home, { recursive: true, mode: 0o700 });
    await give(home, uid);
    await mkdir(labEtc, { recursive: true, mode: 0o755 });
    await writeFile(join(labEtc, 'hosts'), hostsFile(Object.assign({}, ...spec.access.map((access) => access.hosts))));
    await writeFile(join(labEtc, 'resolv.conf'), `nameserver ${NAME_SERVER}\noptions timeout:2 attempts:2\n`);
    const trust = await writeTrust(labEtc, spec.access);
    const files = new HomeFiles({ home, homeInside: HOME, uid, limits: spec.limits });
    await writeStarterFiles(files, spec.files);
    const accessFiles = Object.assign({}, ...spec.access.map((access) => access.files)) as Record<string, { content: string }>;
    await writeAccessFiles(files, accessFiles, join(spec.folder, 'access.json'));
    signal.throwIfAborted();
    const groups = await controlGroups?.create(spec.labId, spec.limits);
    const workspace = new BubblewrapWorkspace({
      spec,
      files,
      groups,
      diskGuard: this.#diskGuard,
      ptyHost: this.#options.ptyHost,
      layout: {
        machine,
        uid,
        home,
        systemEtc: join(this.#options.folder, 'etc'),
        confinement: join(this.#options.folder, 'confinement'),
        labEtc,
        binds: [...binds, ...trust.binds],
        controlGroups: groups?.procs ?? [],
      },
      isFiltered,
      env: trust.env,
      releaseUser: async () => (uid === undefined ? undefined : await userIds?.release(uid)),
      warn: (message) => this.#options.warn(message),
    });
    try {
      await workspace.start();
      signal.throwIfAborted();
    } catch (error) {
      await workspace.suspend().catch(() => undefined);
      throw error;
    }
    return workspace;
  }

  /** What is the same for every lab: done at the first one. */
  async #prepare(): Promise<Prepared> {
    const result = await probeMachine(this.#options.path);
    if (!('machine' in result)) {
      const { reason, remedy } = result.unavailable;
      throw new DocksideError('WORKSPACE_UNAVAILABLE', `No bubblewrap workspace can be made here: ${reason} ${remedy}`, { status: 503 });
    }
    const { folder, path, programs = [] } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeSystemFiles(join(folder, 'etc'));
    await writeProgramScripts(programs, join(folder, 'bin'), INSIDE);
    const isFiltered = await writeConfinement(join(folder, 'confinement'));
    const kubectl = this.#options.kubectl ?? findProgram('kubectl', path);
    return {
      machine: result.machine,
      isFiltered,
      userIds: await this.#userIds(result.machine),
      controlGroups: await ControlGroups.find({ dataFolder: folder, isRoot: result.machine.isRoot }),
      binds: [
        ...programBinds(programs, process.execPath, INSIDE),
        ...programs.map(({ name }) => ({ from: join(folder, 'bin', name), to: `${OWN_FOLDER}/bin/${name}` })),
        ...(kubectl === undefined || WORKSPACE_PATH.split(':').includes(dirname(kubectl))
          ? []
          : [{ from: kubectl, to: `${OWN_FOLDER}/bin/kubectl` }]),
      ],
    };
  }

  async #userIds({ isRoot }: Machine): Promise<UserIds | undefined> {
    const first = isRoot ? firstUserId(await readFile('/proc/self/uid_map', 'utf8')) : undefined;
    return first === undefined ? undefined : new UserIds(join(this.#options.folder, 'user-ids'), first);
  }
}
