// Limits on what all processes of a lab use together: memory, processes, processor time. Only where the machine lets the server make
// control groups (root, or a delegated group); the limits of single processes (prlimit) hold everywhere.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkspaceLimits } from '../workspace.ts';

const CPU_PERIOD_US = 100_000;
const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
/** Every server's groups begin so. */
const PREFIX = 'dockside-';
/** An empty group this old belongs to no lab that is being made in this moment. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;
/** Five seconds in all: a busy machine takes its time to end a process that was killed. */
const REMOVE_ATTEMPTS = 200;
const REMOVE_RETRY_MS = 25;

export interface ControlGroupsOptions {
  /** The server's data folder: its groups are named after it. */
  dataFolder: string;
  isRoot: boolean;
  /** Where control groups are mounted, and where the own one is read; others only in tests. */
  mount?: string;
  ownGroupFile?: string;
}

/** A lab's control groups. */
export interface LabGroups {
  /** Files to write a process id to, so that the process joins. */
  readonly procs: readonly string[];
  /** Ends what still runs in the groups and removes them; rejects when that does not end. */
  remove(): Promise<void>;
}

interface Setting {
  file: string;
  value: string;
}

export class ControlGroups {
  /** Folders in which a lab's group is made: one (version 2) or one for each controller (version 1). */
  readonly #parents: readonly string[];
  readonly #version: 1 | 2;

  /** Finds out what may be used; undefined where nothing may. */
  static async find(options: ControlGroupsOptions): Promise<ControlGroups | undefined> {
    const mount = options.mount ?? '/sys/fs/cgroup';
    const name = `${PREFIX}${createHash('sha256').update(options.dataFolder).digest('hex').slice(0, 12)}`;
    try {
      if (await exists(join(mount, 'cgroup.controllers'))) {
        const parent = await prepareVersion2(mount, name, options);
        await removeForgotten(dirname(parent), name);
        return new ControlGroups([parent], 2);
      }
      const parents = await prepareVersion1(mount, name);
      await Promise.all(parents.map((parent) => removeForgotten(dirname(parent), name)));
      return parents.length > 0 ? new ControlGroups(parents, 1) : undefined;
    } catch {
      // Not ours to write: the usual case for a user without delegation.
      return undefined;
    }
  }

  private constructor(parents: readonly string[], version: 1 | 2) {
    this.#parents = parents;
    this.#version = version;
  }

  /** Makes, or takes up, the groups of a lab with its limits. */
  async create(labId: string, limits: WorkspaceLimits): Promise<LabGroups> {
    const folders = this.#parents.map((parent) => join(parent, labId));
    for (const folder of folders) {
      await mkdir(folder, { recursive: true });
      for (const { file, value } of this.#version === 2 ? version2Settings(limits) : version1Settings(limits)) {
        if (await exists(join(folder, file))) {
          await writeFile(join(folder, file), value);
        }
      }
    }
    return {
      procs: folders.map((folder) => join(folder, 'cgroup.procs')),
      remove: async () => {
        for (const folder of folders) {
          await removeGroup(folder);
        }
        if (this.#version === 1) {
          // The last lab takes the server's group with it; making the next lab's group makes it again, with nothing to set up.
          await Promise.all(this.#parents.map((parent) => rmdir(parent).catch(() => undefined)));
        }
      },
    };
  }
}

function version2Settings(limits: WorkspaceLimits): Setting[] {
  return [
    { file: 'memory.max', value: String(limits.memoryBytes) },
    { file: 'memory.swap.max', value: '0' },
    { file: 'pids.max', value: String(limits.processes) },
    { file: 'cpu.max', value: `${Math.round((limits.cpus ?? 1) * CPU_PERIOD_US)} ${CPU_PERIOD_US}` },
    // Labs share what is left when the machine is busy, after the server itself.
    { file: 'cpu.weight', value: '50' },
  ];
}

function version1Settings(limits: WorkspaceLimits): Setting[] {
  return [
    { file: 'memory.limit_in_bytes', value: String(limits.memoryBytes) },
    { file: 'pids.max', value: String(limits.processes) },
    { file: 'cpu.cfs_period_us', value: String(CPU_PERIOD_US) },
    { file: 'cpu.cfs_quota_us', value: String(Math.round((limits.cpus ?? 1) * CPU_PERIOD_US)) },
    { file: 'cpu.shares', value: '512' },
  ];
}

async function prepareVersion1(mount: string, name: string): Promise<string[]> {
  const parents: string[] = [];
  for (const controller of CONTROLLERS) {
    if (await exists(join(mount, controller, 'cgroup.procs'))) {
      const parent = join(mount, controller, name);
      await mkdir(parent, { recursive: true });
      parents.push(parent);
    }
  }
  return parents;
}

/** Root makes its groups below the mount's root, another user below its own group. */
async function prepareVersion2(mount: string, name: string, options: ControlGroupsOptions): Promise<string> {
  const own = (await readFile(options.ownGroupFile ?? '/proc/self/cgroup', 'utf8')).match(/^0::(.*)$/m)?.[1] ?? '/';
  const base = options.isRoot ? mount : join(mount, own);
  await enableControllers(base);
  const parent = join(base, name);
  await mkdir(parent, { recursive: true });
  await enableControllers(parent);
  return parent;
}

/** A group with processes of its own cannot hand out controllers (cgroups(7), "no internal processes"): they move into a leaf first. */
async function enableControllers(folder: string): Promise<void> {
  const offered = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).split(/\s+/);
  const wanted = CONTROLLERS.filter((controller) => offered.includes(controller));
  if (wanted.length === 0) {
    throw new Error(`${folder} offers none of the controllers`);
  }
  const control = join(folder, 'cgroup.subtree_control');
  const value = wanted.map((controller) => `+${controller}`).join(' ');
  try {
    await writeFile(control, value);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') {
      throw error;
    }
    const leaf = join(folder, 'dockside-server');
    await mkdir(leaf, { recursive: true });
    for (const pid of (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean)) {
      await writeFile(join(leaf, 'cgroup.procs'), pid).catch(() => undefined);
    }
    await writeFile(control, value);
  }
}

/**
 * Removes groups in which nothing runs any more: those that this server's labs left at a crash, and those of servers whose data folder is
 * gone. The kernel refuses to remove a group with a process in it, so nothing that lives can be hit.
 */
async function removeForgotten(folder: string, ownName: string): Promise<void> {
  for (const name of await subfolders(folder)) {
    if (!name.startsWith(PREFIX)) {
      continue;
    }
    for (const lab of await subfolders(join(folder, name))) {
      const path = join(folder, name, lab);
      if (name === ownName || (await age(path)) > FORGOTTEN_AFTER_MS) {
        await rmdir(path).catch(() => undefined);
      }
    }
    if (name !== ownName && (await age(join(folder, name))) > FORGOTTEN_AFTER_MS) {
      await rmdir(join(folder, name)).catch(() => undefined);
    }
  }
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function age(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  return stats ? Date.now() - stats.ctimeMs : 0;
}

/** Ends what still runs in the group, which the kernel may take a moment to forget. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT') {
        return;
      }
      if (code !== 'EBUSY' || attempt === REMOVE_ATTEMPTS) {
        throw error;
      }
      await killMembers(folder);
      await new Promise((resolve) => setTimeout(resolve, REMOVE_RETRY_MS));
    }
  }
}

async function killMembers(folder: string): Promise<void> {
  const members = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of members.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended in this moment.
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
