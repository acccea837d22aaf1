// Workspaces in containers, for systems without the namespaces that bubblewrap needs: macOS, Windows, hosts that forbid them to users.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.ts';
import type { Availability } from '../../sandboxes/sandbox.ts';
import type { PtyHost } from '../../terminals/index.ts';
import { baseEnvironment, OWN_FOLDER } from '../bubblewrap/commands.ts';
import { DiskGuard } from '../bubblewrap/disk-guard.ts';
import { findProgram } from '../bubblewrap/machine.ts';
import {
  groupFile,
  HOME,
  HOST_NAME,
  hostsFile,
  LEARNER_ID,
  passwdFile,
  SYSTEM_FILES,
  writeSystemFiles,
} from '../bubblewrap/system-files.ts';
import { writeTrust } from '../bubblewrap/trust.ts';
import { firstUserId, give, UserIds } from '../bubblewrap/user-ids.ts';
import { HomeFiles } from '../home/home-files.ts';
import { programBinds, writeProgramScripts } from '../programs.ts';
import { NAME_SERVER } from '../relay/network-relay.ts';
import { writeAccessFiles, writeStarterFiles } from '../starter-files.ts';
import type { Workspace, WorkspaceDriver, WorkspaceProgram, WorkspaceSpec } from '../workspace.ts';
import type { Mount } from './container-commands.ts';
import { Docker } from './docker-command.ts';
import { DockerWorkspace } from './docker-workspace.ts';

/** Where the image has Node.js (deploy/workspace/Dockerfile). */
const NODE = '/usr/local/bin/node';
const INSIDE = { programs: `${OWN_FOLDER}/programs`, node: NODE };

export interface DockerDriverOptions {
  ptyHost: PtyHost;
  /** A folder of the server's for what all workspaces share. */
  folder: string;
  /** Where to look for programs; the server's PATH. */
  path: string;
  image: string;
  /** What the `docker` program is given: PATH, HOME and DOCKER_*. */
  environment: Readonly<Record<string, string>>;
  programs?: readonly WorkspaceProgram[];
  warn(message: string): void;
}

export class DockerDriver implements WorkspaceDriver {
  readonly name = 'docker';
  readonly #options: DockerDriverOptions;
  readonly #diskGuard: DiskGuard;
  #shared: Promise<{ mounts: Mount[]; userIds: UserIds | undefined }> | undefined;

  constructor(options: DockerDriverOptions) {
    this.#options = options;
    this.#diskGuard = new DiskGuard({ folder: options.folder, warn: (message) => options.warn(message) });
  }

  async probe(): Promise<Availability> {
    const docker = this.#docker();
    if (!docker) {
      return {
        ready: false,
        reason: 'Missing program: docker.',
        remedy: 'Install Docker, on Debian or Ubuntu with: apt-get install -y docker.io',
      };
    }
    try {
      await docker.run(['version', '--format', '{{.Server.Version}}']);
    } catch (error) {
      return { ready: false, reason: `No Docker daemon answers (${messageOf(error)}).`, remedy: 'Start it, or set DOCKER_HOST.' };
    }
    try {
      await docker.run(['image', 'inspect', '--format', '{{.Id}}', this.#options.image]);
      return { ready: true };
    } catch {
      return {
        ready: false,
        reason: `Docker has no image ${this.#options.image}.`,
        remedy: `Build it: docker build -t ${this.#options.image} deploy/workspace`,
      };
    }
  }

  async create(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
    this.#shared ??= this.#prepare();
    this.#shared.catch(() => {
      this.#shared = undefined;
    });
    const { mounts, userIds } = await this.#shared;
    const docker = this.#docker() ?? new Docker({ file: 'docker', environment: this.#options.environment });
    signal.throwIfAborted();
    const uid = userIds ? await userIds.claim(spec.labId) : isRoot() ? LEARNER_ID : undefined;
    const home = join(spec.folder, 'home');
    const labEtc = join(spec.folder, 'etc');
    await mkdir(home, { recursive: true, mode: 0o700 });
    await give(home, uid);
    await writeLabEtc(labEtc, uid ?? ownUserId(), Object.assign({}, ...spec.access.map((access) => access.hosts)));
    const trust = await writeTrust(labEtc, spec.access);
    const files = new HomeFiles({ home, homeInside: HOME, uid, limits: spec.limits });
    await writeStarterFiles(files, spec.files);
    const accessFiles = Object.assign({}, ...spec.access.map((access) => access.files)) as Record<string, { content: string }>;
    await writeAccessFiles(files, accessFiles, join(spec.folder, 'access.json'));
    signal.throwIfAborted();
    // Servers with different data folders may share an engine.
    const scope = createHash('sha256').update(this.#options.folder).digest('hex').slice(0, 12);
    const label = `dockside.lab=${scope}-${spec.labId}`;
    const workspace = new DockerWorkspace({
      spec,
      docker,
      label,
      files,
      home,
      layout: {
        image: this.#options.image,
        labels: { 'dockside.lab': `${scope}-${spec.labId}` },
        user: `${uid ?? ownUserId()}:${uid ?? ownUserId()}`,
        hostName: HOST_NAME,
        limits: spec.limits,
        mounts: [
          ...mounts,
          ...trust.binds,
          ...['passwd', 'group', 'hosts', 'resolv.conf'].map((name) => ({ from: join(labEtc, name), to: `/etc/${name}` })),
          { from: home, to: HOME, writable: true },
        ],
      },
      ptyHost: this.#options.ptyHost,
      diskGuard: this.#diskGuard,
      env: { ...baseEnvironment(), ...trust.env, ...Object.assign({}, ...spec.access.map((access) => access.env)) },
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

  #docker(): Docker | undefined {
    const file = findProgram('docker', this.#options.path);
    return file === undefined ? undefined : new Docker({ file, environment: this.#options.environment });
  }

  /** What is the same for every lab: done at the first one. */
  async #prepare(): Promise<{ mounts: Mount[]; userIds: UserIds | undefined }> {
    const { folder, programs = [] } = this.#options;
    const etc = join(folder, 'docker-etc');
    const bin = join(folder, 'docker-bin');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeSystemFiles(etc);
    await writeProgramScripts(programs, bin, INSIDE);
    const first = isRoot() ? firstUserId(await readFile('/proc/self/uid_map', 'utf8')) : undefined;
    return {
      userIds: first === undefined ? undefined : new UserIds(join(folder, 'user-ids'), first),
      mounts: [
        // Those that every lab has in common; the image brings its own hostname.
        ...SYSTEM_FILES.filter((name) => !['passwd', 'group', 'hostname'].includes(name)).map((name) => ({
          from: join(etc, name),
          to: `/etc/${name}`,
        })),
        // The image's own Node.js runs them: the server's may be for another system.
        ...programBinds(programs, NODE, INSIDE).filter(({ to }) => to !== NODE),
        ...programs.map(({ name }) => ({ from: join(bin, name), to: `${OWN_FOLDER}/bin/${name}` })),
      ],
    };
  }
}

function isRoot(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/** The owner of files that the server writes where it is no root: on Linux itself, elsewhere whom Docker's own machine takes it for. */
function ownUserId(): number {
  const own = process.platform === 'linux' ? process.getuid?.() : undefined;
  return own === undefined || own === 0 ? LEARNER_ID : own;
}

async function writeLabEtc(folder: string, uid: number, hosts: Record<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, 'passwd'), passwdFile(uid));
  await writeFile(join(folder, 'group'), groupFile(uid));
  await writeFile(join(folder, 'hosts'), hostsFile(hosts));
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${NAME_SERVER}\noptions timeout:2 attempts:2\n`);
}
