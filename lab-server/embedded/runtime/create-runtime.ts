// Puts the runtime together: the images, the network and the containers of one simulated world.
import type { Clock } from '../../base/index.ts';
import { SimulatedContainer } from './containers/simulated-container.ts';
import { StorageBudget } from './files/storage-budget.ts';
import { CatalogueImageStore } from './images/image-store.ts';
import { SimulatedNetwork } from './network/network.ts';
import { findProgram } from './programs/table.ts';
import type { Container, ContainerSpec, Runtime } from './runtime.ts';

/** Written files of all running containers together, unless said otherwise. */
const STORAGE_BYTES = 192 * 1024 * 1024;

export interface RuntimeOptions {
  clock: Clock;
  /** How long each pull takes, in milliseconds. */
  pullDelayMs?: number;
  /** How long an address that nobody has is waited for before EHOSTUNREACH; default 3,000 ms, as Linux does it. */
  unreachableAfterMs?: number;
  /** How long a dropped connection is waited for before ETIMEDOUT; default 127,000 ms, as Linux does it. */
  connectTimeoutMs?: number;
  /** Bytes that running containers may hold in files they wrote, together; beyond it a write fails with ENOSPC. */
  storageBytes?: number;
  /** Told when a simulated program fails in a way no real one would. The default warns on the process. */
  onCrash?: (error: unknown, argv: readonly string[]) => void;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { clock } = options;
  const images = new CatalogueImageStore(clock, options.pullDelayMs ?? 0);
  const network = new SimulatedNetwork({ ...options, clock });
  const containers = new Set<Container>();
  const storage = new StorageBudget(options.storageBytes ?? STORAGE_BYTES);
  const reportCrash = options.onCrash ?? warnOfCrash;
  let closed = false;
  return {
    clock,
    images,
    network,
    create(spec: ContainerSpec): Container {
      if (closed) {
        throw new Error('the runtime is closed');
      }
      const host = { clock, storage, rootOf: (reference: string) => images.rootOf(reference), program: findProgram, reportCrash };
      const container = new SimulatedContainer(host, spec);
      containers.add(container);
      void container.exited.then(() => containers.delete(container));
      return container;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      closed = true;
      const ending = [...containers].map((container) => {
        container.kill();
        return container.exited;
      });
      await Promise.all(ending);
      network.close();
    },
  };
}

function warnOfCrash(error: unknown, argv: readonly string[]): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`simulated program ${argv[0] ?? ''} crashed: ${reason}`);
}
