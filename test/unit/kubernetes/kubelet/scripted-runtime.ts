// A runtime whose containers do what a test tells them, on the real simulated network.
import type { Clock } from '../../../../lab-server/base/index.ts';
import { createMemoryFileSystem } from '../../../../lab-server/embedded/runtime/files/memory-file-system.ts';
import { SimulatedNetwork } from '../../../../lab-server/embedded/runtime/network/network.ts';
import {
  type Container,
  type ContainerExit,
  type ContainerSpec,
  type ExecOptions,
  type Image,
  ImagePullError,
  type LogLine,
  type Runtime,
} from '../../../../lab-server/embedded/runtime/runtime.ts';

export interface Script {
  /** Fails the start with this message. */
  startError?: string;
  /** Ends by itself after this long. */
  exitsAfterMs?: number;
  exitCode?: number;
  oomKilled?: boolean;
  /** How long the container takes to heed its stop signal; forever when undefined. */
  stopsInMs?: number;
  /** Exit code of execs, by the first word of the command. */
  exec?: (options: ExecOptions) => number | Promise<number>;
}

let nextId = 1;

export class ScriptedContainer implements Container {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly files;
  readonly lines: LogLine[] = [];
  readonly exited: Promise<ContainerExit>;
  readonly execs: string[][] = [];
  state: 'created' | 'running' | 'exited' = 'created';
  startedAt: number | undefined;
  readonly #clock: Clock;
  readonly #script: Script;
  readonly #resolve: (exit: ContainerExit) => void;

  constructor(clock: Clock, spec: ContainerSpec, script: Script) {
    this.#clock = clock;
    this.#script = script;
    this.spec = spec;
    this.id = spec.id ?? (nextId++).toString(16).padStart(64, '0');
    this.files = createMemoryFileSystem(clock);
    const { promise, resolve } = Promise.withResolvers<ContainerExit>();
    this.exited = promise;
    this.#resolve = resolve;
  }

  get log(): Container['log'] {
    return {
      lines: () => this.lines,
      follow: async function* () {
        yield* [];
      },
    };
  }

  async start(): Promise<void> {
    if (this.#script.startError) {
      throw new Error(this.#script.startError);
    }
    this.state = 'running';
    this.startedAt = this.#clock.now();
    if (this.#script.exitsAfterMs !== undefined) {
      this.#clock.schedule(this.#script.exitsAfterMs, () => this.exit(this.#script.exitCode ?? 0, this.#script.oomKilled));
    }
  }

  exit(exitCode: number, oomKilled = false): void {
    if (this.state === 'running') {
      this.state = 'exited';
      this.#resolve({ exitCode, oomKilled, startedAt: this.startedAt ?? 0, finishedAt: this.#clock.now() });
    }
  }

  async stop(graceMs: number): Promise<ContainerExit> {
    const { stopsInMs } = this.#script;
    if (stopsInMs !== undefined && stopsInMs <= graceMs) {
      this.#clock.schedule(stopsInMs, () => this.exit(0));
    } else {
      this.#clock.schedule(graceMs, () => this.exit(137));
    }
    return this.exited;
  }

  kill(signal = 9): void {
    this.exit(128 + signal);
  }

  async exec(options: ExecOptions): Promise<number> {
    this.execs.push([...options.command]);
    return this.#script.exec ? this.#script.exec(options) : 0;
  }

  async attach(): Promise<void> {
    await this.exited;
  }

  usage(): { cpuMillicores: number; memoryBytes: number } {
    return { cpuMillicores: 5, memoryBytes: 1024 * 1024 };
  }
}

export class ScriptedRuntime implements Runtime {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
  readonly containers: ScriptedContainer[] = [];
  /** Scripts by container name; taken one after the other, the last one stays. */
  readonly scripts = new Map<string, Script[]>();
  readonly #present = new Map<string, Image>();
  pullMs = 1200;

  constructor(clock: Clock) {
    this.clock = clock;
    this.network = new SimulatedNetwork({ clock });
  }

  readonly images: Runtime['images'] = {
    pull: async (reference) => {
      await this.clock.sleep(this.pullMs);
      if (reference.includes('nosuch')) {
        throw new ImagePullError('not-found', `docker.io/library/${reference}`, 'not found');
      }
      const image = anImage(reference);
      this.#present.set(reference, image);
      return image;
    },
    present: (reference) => this.#present.get(reference),
    list: () => [...this.#present.values()],
  };

  create(spec: ContainerSpec): ScriptedContainer {
    const scripts = this.scripts.get(spec.name) ?? [];
    const script = (scripts.length > 1 ? scripts.shift() : scripts[0]) ?? { stopsInMs: 100 };
    const container = new ScriptedContainer(this.clock, spec, script);
    this.containers.push(container);
    return container;
  }

  /** The most recent container of this name. */
  container(name: string): ScriptedContainer {
    const found = this.containers.findLast((container) => container.spec.name === name);
    if (!found) {
      throw new Error(`no container ${name} was created`);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.network.close();
  }
}

export function anImage(reference: string): Image {
  return {
    reference: `docker.io/library/${reference}`,
    digest: `docker.io/library/${reference.split(':')[0]}@sha256:${'a'.repeat(64)}`,
    sizeBytes: 72_000_000,
    entrypoint: ['/entrypoint'],
    command: ['serve'],
    env: { PATH: '/usr/bin' },
    workingDir: '/',
    user: '',
    exposedPorts: [],
    stopSignal: 'SIGTERM',
  };
}
