// The simulated machine under both orchestrators: images, containers, a network. An image, a container and an address
// mean the same to the embedded Kubernetes and to the embedded AWS. Knows nothing of either.
import type { Duplex, Readable, Writable } from 'node:stream';
import type { IFileSystem } from 'just-bash';
import type { Clock } from '../../base/index.ts';
import type { TreeChange } from './files/tree-changes.ts';

/** Why an image could not be had; `code` is what a registry or runtime would report. */
export class ImagePullError extends Error {
  readonly code: 'not-found' | 'denied' | 'invalid-name' | 'unreachable';
  readonly reference: string;
  constructor(code: ImagePullError['code'], reference: string, message: string) {
    super(message);
    this.code = code;
    this.reference = reference;
  }
}

/** An image on a node. */
export interface Image {
  /** Fully qualified, as containerd spells it: `docker.io/library/nginx:latest`. */
  readonly reference: string;
  /** `docker.io/library/nginx@sha256:…`; the same reference always has the same digest. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly user: string;
  readonly exposedPorts: readonly { port: number; protocol: 'tcp' | 'udp' }[];
  readonly stopSignal: string;
}

export interface ImageStore {
  /** Resolves a reference against the catalogue, waiting as long as a pull is simulated to take. Throws ImagePullError. */
  pull(reference: string, signal: AbortSignal): Promise<Image>;
  /** The image when it is on the node already. */
  present(reference: string): Image | undefined;
  list(): readonly Image[];
}

/** A directory or file of the container that comes from outside it. */
export interface Mount {
  path: string;
  files: IFileSystem;
  /** Root of the mount inside `files`. */
  sourcePath: string;
  readOnly: boolean;
}

export interface ContainerSpec {
  /** 64 hex digits; chosen by the runtime when absent. */
  id?: string;
  name: string;
  image: Image;
  /** Overrides the image's entrypoint. */
  entrypoint?: readonly string[];
  /** Overrides the image's command. */
  command?: readonly string[];
  env: Readonly<Record<string, string>>;
  workingDir?: string;
  mounts?: readonly Mount[];
  /** TCP ports that are meant to be reached, beside those that the image exposes; a runtime whose containers are not simulated opens these. */
  ports?: readonly number[];
  /** The network the container lives in: containers of one pod or task share one. */
  endpoint: NetworkEndpoint;
  hostname: string;
  limits?: { cpuMillicores?: number; memoryBytes?: number };
  tty?: boolean;
  stdin?: boolean;
  user?: string;
  /** Nothing but mounts can be written. */
  readOnlyRootFilesystem?: boolean;
  /** Text of /etc/resolv.conf, for whoever reads it; names are resolved by the endpoint. */
  resolvConf?: string;
  /** The files and the log of a container of before, which this one takes up. */
  restored?: ContainerSnapshot;
}

/** What a container leaves behind, as plain data. */
export interface ContainerSnapshot {
  /** What its own file system has that its image has not; mounts are not part of it. */
  files: readonly TreeChange[];
  log: readonly LogLine[];
}

export interface ContainerExit {
  exitCode: number;
  signal?: number;
  /** True when the container's memory passed its limit. */
  oomKilled: boolean;
  startedAt: number;
  finishedAt: number;
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  stream: 'stdout' | 'stderr';
  /** Without its newline. */
  text: string;
}

/** Output kept of a container, bounded; older lines fall out. */
export interface ContainerLog {
  lines(): readonly LogLine[];
  /** Lines from now on, until the container ends or `signal` aborts. */
  follow(signal: AbortSignal): AsyncIterable<LogLine>;
}

export interface ExecOptions {
  command: readonly string[];
  tty: boolean;
  stdin?: Readable;
  stdout: Writable;
  /** With `tty`, both streams go to stdout. */
  stderr: Writable;
  env?: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Sizes of the terminal, the first at once. */
  sizes?: AsyncIterable<{ cols: number; rows: number }>;
}

/** Thrown when an exec's program does not exist in the container; the message is runc's. */
export class ExecNotFound extends Error {}

export interface Container {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly state: 'created' | 'running' | 'exited';
  readonly startedAt: number | undefined;
  readonly log: ContainerLog;
  /** The container's own view of its file system, mounts included. */
  readonly files: IFileSystem;
  /** Throws when the entrypoint does not exist (message as runc words it). */
  start(): Promise<void>;
  /** Resolves when it ended, however. */
  readonly exited: Promise<ContainerExit>;
  /** Sends the stop signal, then kills after `graceMs`. */
  stop(graceMs: number): Promise<ContainerExit>;
  kill(signal?: number): void;
  exec(options: ExecOptions): Promise<number>;
  /** Attaches to the main process's streams. `sizes` is for a container with a terminal, as in ExecOptions. */
  attach(options: {
    stdin?: Readable;
    stdout: Writable;
    stderr: Writable;
    signal: AbortSignal;
    sizes?: AsyncIterable<{ cols: number; rows: number }>;
  }): Promise<void>;
  usage(): { cpuMillicores: number; memoryBytes: number };
  /** Its files and its log as they are now, where the runtime can tell. */
  snapshot?(): ContainerSnapshot;
  /** Changes the limits of a running container in place, where the runtime can. */
  setLimits?(limits: NonNullable<ContainerSpec['limits']>): void;
}

/** A network identity: one per pod, task or node. Listeners and connections in it carry its address. */
export interface NetworkEndpoint extends Disposable {
  readonly address: string;
  /** Accepts connections on a port of this address. Throws with code EADDRINUSE when the port is taken. */
  listen(port: number, accept: (connection: Duplex, from: { address: string; port: number }) => void): Disposable;
  /** Connects as this endpoint. Loopback addresses mean the endpoint itself. Rejects with ECONNREFUSED, EHOSTUNREACH or ETIMEDOUT. */
  connect(address: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /** Resolves a name as this endpoint's resolver would (cluster DNS, Cloud Map, /etc/hosts). Empty when there is none. */
  resolve(name: string): Promise<readonly string[]>;
}

/** Decides where a connection really goes: service addresses, node ports, load balancers, policies. First answer wins. */
export interface Router {
  /**
   * `undefined`: not this router's address. `refuse` answers as a closed port, `drop` as a black hole.
   * `to` sends the connection on to an endpoint's address.
   */
  route(connection: {
    from: string;
    address: string;
    port: number;
  }): { to: { address: string; port: number } } | 'refuse' | 'drop' | undefined;
}

export interface NameService {
  /** Addresses of `name` for a client at `from`; undefined when the name is not this service's. */
  resolve(name: string, from: string): readonly string[] | undefined;
}

export interface Network {
  /** Creates an endpoint with this address. Throws when it is taken. */
  attach(address: string, options?: { searchDomains?: readonly string[]; hosts?: Readonly<Record<string, string>> }): NetworkEndpoint;
  addRouter(router: Router): Disposable;
  addNameService(service: NameService): Disposable;
  /** Addresses of a name as a client at `from`, outside of every endpoint, would learn them. Empty when nobody knows it. */
  resolve(from: string, name: string): readonly string[];
  /** Ports of an address on which something listens at this moment, in order. */
  listening(address: string): readonly number[];
  /** Calls `listener` with an address whose listening ports have changed. */
  onListening(listener: (address: string) => void): Disposable;
  /** Connects from outside (a learner's terminal, a port-forward) as `from`. */
  connect(from: string, address: string, port: number, signal?: AbortSignal): Promise<Duplex>;
}

export interface Runtime extends AsyncDisposable {
  readonly clock: Clock;
  readonly images: ImageStore;
  readonly network: Network;
  create(spec: ContainerSpec): Container;
}
