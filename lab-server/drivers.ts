// The driver table: what this configuration and this machine give labs to stand on.
import { existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { type Clock, DocksideError, messageOf } from './base/index.ts';
import type { Config } from './config.ts';
import { EmbeddedEcsDriver } from './sandboxes/embedded-ecs/index.ts';
import { EmbeddedKubernetesDriver } from './sandboxes/embedded-kubernetes/index.ts';
import { KubeconfigDriver } from './sandboxes/kubeconfig/index.ts';
import type { Availability, SandboxDriver } from './sandboxes/sandbox.ts';
import { PtyHost } from './terminals/index.ts';
import { BubblewrapDriver, DockerDriver, HostDriver, type WorkspaceDriver, type WorkspaceProgram } from './workspaces/index.ts';

export interface Drivers extends AsyncDisposable {
  readonly sandboxDrivers: readonly SandboxDriver[];
  readonly ptyHost: PtyHost;
  /** The configured workspace driver, or the first that this machine has what it needs for. Throws `WORKSPACE_UNAVAILABLE`. */
  chooseWorkspace(): Promise<WorkspaceDriver>;
  /** Whether each driver could be used, and else what is missing. */
  probe(): Promise<{ what: string; availability: Availability }[]>;
  /** Makes the first lab open as fast as the others. */
  warm(): void;
}

export interface DriverOptions {
  clock: Clock;
  warn: (message: string) => void;
}

export function createDrivers(config: Config, { clock, warn }: DriverOptions): Drivers {
  const kubernetes = new EmbeddedKubernetesDriver({ clock, memoryMb: config.sandboxMemoryMb });
  const ecs = new EmbeddedEcsDriver({ clock, memoryMb: config.sandboxMemoryMb });
  if (config.kubernetes === 'minikube') {
    throw new DocksideError(
      'SANDBOX_NO_DRIVER',
      'DOCKSIDE_KUBERNETES=minikube is not available in this version: start minikube yourself and use kubeconfig, or use embedded.',
    );
  }
  const cluster =
    config.kubernetes === 'kubeconfig' ? new KubeconfigDriver({ clock, ...config.kubeconfig, dataFolder: config.dataFolder }) : undefined;
  const ptyHost = new PtyHost({
    dataFolder: config.dataFolder,
    onLost: () => warn('The process that keeps terminals ended; shells are lost, files are kept.'),
  });
  const shared = {
    ptyHost,
    folder: join(config.dataFolder, 'workspaces'),
    path: config.path,
    programs: ownPrograms(config.projectFolder),
    warn,
  };
  const workspaces: readonly WorkspaceDriver[] = [
    new BubblewrapDriver(shared),
    new DockerDriver({ ...shared, ...config.docker }),
    new HostDriver(shared),
  ];
  // A proxy in front makes a server on loopback one for the world.
  const isPrivate = isLoopback(config.host) && config.origins.length === 0 && !config.trustProxy;
  const allowed = workspaces.filter((driver) => !driver.isForOnePerson || isPrivate);
  return {
    sandboxDrivers: [cluster ?? kubernetes, ecs],
    ptyHost,
    async chooseWorkspace() {
      if (config.workspace !== 'auto') {
        const named = workspaces.find((driver) => driver.name === config.workspace);
        if (!named) {
          throw new DocksideError(
            'WORKSPACE_UNAVAILABLE',
            `DOCKSIDE_WORKSPACE=${config.workspace} is not available in this version: use ${workspaces.map((driver) => driver.name).join(' or ')}.`,
          );
        }
        if (!allowed.includes(named)) {
          throw new DocksideError(
            'WORKSPACE_UNAVAILABLE',
            `The host workspace gives a shell on this machine to whoever opens a lab, so it is for one person on this machine: set DOCKSIDE_HOST=127.0.0.1 and neither DOCKSIDE_ORIGINS nor DOCKSIDE_TRUST_PROXY, or use another DOCKSIDE_WORKSPACE than host.`,
          );
        }
        const availability = await named.probe();
        if (!availability.ready) {
          throw new DocksideError(
            'WORKSPACE_UNAVAILABLE',
            `The ${named.name} workspace cannot be used here: ${availability.reason} ${availability.remedy}`,
          );
        }
        return named;
      }
      const missing: string[] = [];
      for (const driver of allowed) {
        const availability = await driver.probe();
        if (availability.ready) {
          return driver;
        }
        missing.push(`${driver.name}: ${availability.reason} ${availability.remedy}`);
      }
      throw new DocksideError('WORKSPACE_UNAVAILABLE', `No kind of workspace can be used here. ${missing.join(' ')}`);
    },
    async probe() {
      const drivers = [
        ...workspaces.map((driver) => ({ what: `${driver.name} workspace`, driver })),
        { what: `${kubernetes.name} Kubernetes`, driver: kubernetes },
        ...(cluster ? [{ what: `${cluster.name} Kubernetes`, driver: cluster }] : []),
        { what: `${ecs.name} ECS`, driver: ecs },
      ];
      return Promise.all(drivers.map(async ({ what, driver }) => ({ what, availability: await driver.probe() })));
    },
    warm() {
      if (cluster) {
        sweepCluster(cluster, warn);
      } else {
        kubernetes.warm();
      }
      ptyHost.start().catch((error: unknown) => warn(String(error)));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([kubernetes[Symbol.asyncDispose](), ecs[Symbol.asyncDispose](), ptyHost[Symbol.asyncDispose]()]);
    },
  };
}

/** What a crash left on a real cluster would go on costing there. */
function sweepCluster(driver: SandboxDriver, warn: (message: string) => void): void {
  driver.sweep?.().then(
    (leftovers) => leftovers.forEach(({ what, where, remedy }) => warn(`Left over: ${what} (${where}). ${remedy}`)),
    (error: unknown) => warn(`What earlier labs may have left on the cluster could not be looked for: ${messageOf(error)}`),
  );
}

/** Our own programs for the workspace that set-up has bundled: into one file, or into a folder of parts. */
function ownPrograms(projectFolder: string): WorkspaceProgram[] {
  const folder = join(projectFolder, '.cache', 'programs');
  return ['minikube', 'ecs-cli'].flatMap((name) => {
    const entry = `${name}.mjs`;
    const parts = join(folder, name);
    if (existsSync(join(parts, entry))) {
      return [{ name, root: parts, entry, folders: [entry, 'parts'] }];
    }
    return existsSync(join(folder, entry)) ? [{ name, root: folder, entry, folders: [entry] }] : [];
  });
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
