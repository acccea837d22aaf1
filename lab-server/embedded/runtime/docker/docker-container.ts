// A container of a Docker Engine that stands in the simulated network: its ports are published on the loopback, and its address leads there.
import { connect } from 'node:net';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type Docker from 'dockerode';
import type { IFileSystem } from 'just-bash';
import { messageOf, type Clock } from '../../../base/index.ts';
import { BoundedLog } from '../containers/container-log.ts';
import { ContainerStartError } from '../containers/start-error.ts';
import { createMemoryFileSystem } from '../files/memory-file-system.ts';
import { ExecNotFound, type Container, type ContainerExit, type ContainerSpec, type ExecOptions } from '../runtime.ts';
import { statusOf } from './docker-images.ts';

const LOOPBACK = '127.0.0.1';
/** What the engine and shells give for a command that does not exist, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNAL_BASE = 128;
const NANO_PER_MILLI = 1_000_000;

export interface DockerHost {
  docker: Docker;
  clock: Clock;
  /** Puts a container into the network of the first one at the same address; undefined for that first one. */
  networkOwner(address: string): string | undefined;
  /** Makes a container that first one, until disposed. */
  owns(address: string, id: string): Disposable;
  /** The name of the volume that stands for files which several containers share. */
  volumeOf(files: IFileSystem): string;
}

export class DockerContainer implements Container {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly log: BoundedLog;
  /** The engine keeps the files of its containers to itself. */
  readonly files: IFileSystem;
  readonly #host: DockerHost;
  readonly #exit = Promise.withResolvers<ContainerExit>();
  readonly #listening = new DisposableStack();
  #container: Docker.Container | undefined;
  #state: Container['state'] = 'created';
  #startedAt: number | undefined;

  constructor(host: DockerHost, spec: ContainerSpec, id: string) {
    this.#host = host;
    this.spec = spec;
    this.id = id;
    this.log = new BoundedLog(() => host.clock.now());
    this.files = createMemoryFileSystem(host.clock);
  }

  get state(): Container['state'] {
    return this.#state;
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get exited(): Promise<ContainerExit> {
    return this.#exit.promise;
  }

  async start(): Promise<void> {
    const { docker, clock } = this.#host;
    try {
      const container = await docker.createContainer(this.#options());
      this.#container = container;
      const output = await container.attach({ stream: true, stdout: true, stderr: true, stdin: this.spec.stdin ?? false });
      this.#read(output);
      const ended = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>;
      await container.start();
      this.#startedAt = clock.now();
      this.#state = 'running';
      ended
        .then(
          ({ StatusCode }) => this.#ended(StatusCode),
          () => this.#ended(SIGNAL_BASE + 9),
        )
        .catch(warn);
      await this.#publish(container);
    } catch (error) {
      await this.remove();
      const said = error instanceof Error ? error.message : String(error);
      throw new ContainerStartError(said, SIGNAL_BASE);
    }
  }

  async stop(graceMs: number): Promise<ContainerExit> {
    await this.#container?.stop({ t: Math.ceil(graceMs / 1000) }).catch(ignoreGone);
    return this.exited;
  }

  kill(signal = 9): void {
    this.#container
      ?.kill({ signal: String(signal) })
      .catch(ignoreGone)
      .catch(warn);
  }

  async exec(options: ExecOptions): Promise<number> {
    const container = this.#container;
    if (!container || this.#state !== 'running') {
      throw new Error('the container does not run');
    }
    const exec = await container.exec({
      Cmd: [...options.command],
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: options.stdin !== undefined,
      Tty: options.tty,
      Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
    });
    const stream = await exec.start({ hijack: true, stdin: options.stdin !== undefined, Tty: options.tty });
    const stop = (): void => void stream.destroy();
    options.signal.addEventListener('abort', stop, { once: true });
    void follow(options.sizes, ({ cols, rows }) => void exec.resize({ w: cols, h: rows }).catch(ignoreGone).catch(warn));
    let said = '';
    const taste = (chunk: Buffer): void => void (said = (said + chunk.toString('utf8')).slice(0, 512));
    stream.on('data', taste);
    this.#join(stream, options, options.tty);
    options.stdin?.pipe(stream);
    await new Promise<void>((resolve) => {
      stream.once('end', () => resolve());
      stream.once('close', () => resolve());
      stream.once('error', () => resolve());
    });
    options.signal.removeEventListener('abort', stop);
    const { ExitCode: code } = await exec.inspect();
    if ((code === NOT_FOUND || code === NOT_EXECUTABLE) && said.includes('OCI runtime exec failed')) {
      throw new ExecNotFound(said.trim());
    }
    return code ?? SIGNAL_BASE + 9;
  }

  async attach(options: Parameters<Container['attach']>[0]): Promise<void> {
    const stream = await this.#container?.attach({
      stream: true,
      stdout: true,
      stderr: true,
      stdin: options.stdin !== undefined,
      hijack: true,
    });
    if (!stream) {
      return;
    }
    options.signal.addEventListener('abort', () => (stream as unknown as Readable).destroy(), { once: true });
    this.#join(stream, options, this.spec.tty ?? false);
    options.stdin?.pipe(stream);
    await Promise.race([this.exited, new Promise<void>((resolve) => stream.once('close', () => resolve()))]);
  }

  /** The engine's statistics are not read: nobody is asked for them often enough to pay for a stream of them. */
  usage(): { cpuMillicores: number; memoryBytes: number } {
    return { cpuMillicores: 0, memoryBytes: 0 };
  }

  /** Takes the container out of the engine. */
  async remove(): Promise<void> {
    this.#listening.dispose();
    await this.#container?.remove({ force: true, v: true }).catch(ignoreGone);
  }

  #options(): Docker.ContainerCreateOptions {
    const { spec } = this;
    const { address } = spec.endpoint;
    const owner = this.#host.networkOwner(address);
    const ports = [...new Set([...(spec.ports ?? []), ...spec.image.exposedPorts.map(({ port }) => port)])];
    const { cpuMillicores, memoryBytes } = spec.limits ?? {};
    return {
      name: `dockside-${this.id.slice(0, 12)}`,
      Labels: { 'dockside.runtime': 'docker' },
      Image: spec.image.reference.replace(/^docker\.io\/(library\/)?/, ''),
      ...(spec.entrypoint ? { Entrypoint: [...spec.entrypoint] } : {}),
      ...(spec.command ? { Cmd: [...spec.command] } : {}),
      Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
      ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
      ...(spec.user === undefined ? {} : { User: spec.user }),
      ...(owner === undefined ? { Hostname: spec.hostname.slice(0, 63) } : {}),
      Tty: spec.tty ?? false,
      OpenStdin: spec.stdin ?? false,
      ...(owner === undefined ? { ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])) } : {}),
      HostConfig: {
        ...(owner === undefined
          ? { PortBindings: Object.fromEntries(ports.map((port) => [`${port}/tcp`, [{ HostIp: LOOPBACK, HostPort: '' }]])) }
          : { NetworkMode: `container:${owner}` }),
        ReadonlyRootfs: spec.readOnlyRootFilesystem ?? false,
        Binds: (spec.mounts ?? []).map(({ files, path, readOnly }) => `${this.#host.volumeOf(files)}:${path}${readOnly ? ':ro' : ''}`),
        ...(memoryBytes === undefined ? {} : { Memory: memoryBytes }),
        ...(cpuMillicores === undefined ? {} : { NanoCpus: cpuMillicores * NANO_PER_MILLI }),
      },
    };
  }

  /** Lets the simulated address accept what the engine has published. */
  async #publish(container: Docker.Container): Promise<void> {
    const { endpoint } = this.spec;
    if (this.#host.networkOwner(endpoint.address) !== undefined) {
      return;
    }
    this.#listening.use(this.#host.owns(endpoint.address, container.id));
    const { NetworkSettings: settings } = await container.inspect();
    for (const [name, bindings] of Object.entries(settings.Ports ?? {})) {
      const hostPort = Number(bindings?.[0]?.HostPort);
      if (hostPort > 0) {
        this.#listening.use(
          endpoint.listen(Number(name.split('/')[0]), (connection) => {
            const real = connect({ host: LOOPBACK, port: hostPort });
            const end = (): void => {
              real.destroy();
              connection.destroy();
            };
            real.on('error', end);
            connection.on('error', end);
            connection.pipe(real).pipe(connection);
          }),
        );
      }
    }
  }

  #read(output: NodeJS.ReadWriteStream): void {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    for (const [stream, name] of [
      [stdout, 'stdout'],
      [stderr, 'stderr'],
    ] as const) {
      const sink = this.log.sink(name);
      stream.on('data', (chunk: Buffer) => void sink.write(chunk));
      stream.once('end', () => sink.close());
    }
    if (this.spec.tty) {
      output.pipe(stdout);
    } else {
      this.#host.docker.modem.demuxStream(output, stdout, stderr);
      output.once('end', () => {
        stdout.end();
        stderr.end();
      });
    }
  }

  #join(stream: NodeJS.ReadWriteStream, to: { stdout: Writable; stderr: Writable }, isTerminal: boolean): void {
    if (isTerminal) {
      stream.pipe(to.stdout, { end: false });
    } else {
      this.#host.docker.modem.demuxStream(stream, to.stdout, to.stderr);
    }
  }

  async #ended(exitCode: number): Promise<void> {
    const details = await this.#container?.inspect().catch(() => undefined);
    this.#state = 'exited';
    this.log.end();
    const now = this.#host.clock.now();
    this.#exit.resolve({
      exitCode,
      ...(exitCode > SIGNAL_BASE ? { signal: exitCode - SIGNAL_BASE } : {}),
      oomKilled: details?.State.OOMKilled ?? false,
      startedAt: this.#startedAt ?? now,
      finishedAt: now,
    });
    await this.remove();
  }
}

async function follow<T>(values: AsyncIterable<T> | undefined, each: (value: T) => void): Promise<void> {
  for await (const value of values ?? []) {
    each(value);
  }
}

/** The container has gone meanwhile, or does not run any more: what was wanted is so already. */
function ignoreGone(error: unknown): void {
  const status = statusOf(error);
  if (status !== 304 && status !== 404 && status !== 409) {
    throw error;
  }
}

/** For what nobody waits for: an engine that goes away must not end the process. */
function warn(error: unknown): void {
  process.emitWarning(`Docker Engine: ${messageOf(error)}`);
}
