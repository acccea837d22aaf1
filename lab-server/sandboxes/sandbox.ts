// What a lab sees of an orchestrator, simulated or real: an endpoint with credentials, and state read through public clients.
import type { Duplex } from 'node:stream';
import type { DocksideError } from '../base/index.ts';

export type Platform = 'kubernetes' | 'ecs';

/** Whether a driver can be used on this machine; if not, `reason` says what is missing and `remedy` how to get it. */
export type Availability = { ready: true } | { ready: false; reason: string; remedy: string };

/** A step of opening a sandbox, shown to the learner as it is written here. */
export interface Stage {
  id: string;
  text: string;
  state: 'running' | 'done' | 'failed';
  /** 0 to 1, where the driver knows it. */
  progress?: number;
}

/** What an exercise may need of a Kubernetes cluster beyond a namespace in which to make workloads, Services and settings. */
export const CLUSTER_NEEDS = [
  'nodes',
  'namespaces',
  'cluster-roles',
  'network-policies',
  'quotas',
  'custom-resources',
  'metrics',
  'load-balancers',
  'ingress',
  'storage',
  'dns',
  'minikube',
] as const;
export type ClusterNeed = (typeof CLUSTER_NEEDS)[number];

export interface LabContext {
  labId: string;
  /** A folder of this lab's own; the driver keeps its durable state below it. */
  folder: string;
  /** Whether the learner's AWS keys are set up from the start, or lie in a file for `aws configure`; the former where absent. */
  credentials?: 'preset' | 'file';
  /** What the exercise needs of a Kubernetes cluster beyond a namespace; a driver that does not give it refuses the lab. */
  needs?: readonly ClusterNeed[];
}

/** A TCP address (or range of addresses) inside the workspace's network that leads to the sandbox. */
export interface PublishedAddress {
  /** Dotted IPv4 address. */
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

/** Connects a workspace's network to a sandbox's. */
export interface SandboxNetwork {
  /** Ranges in CIDR notation that are local to the sandbox; an address in them that is not published refuses connections. */
  readonly ranges: readonly string[];
  /** The addresses published at this moment. */
  published(): readonly PublishedAddress[];
  /** Calls `listener` after each change of `published()`. */
  onChange(listener: () => void): Disposable;
  /** The address of a host name that the sandbox knows at this moment, beside those of `WorkspaceAccess.hosts`. */
  resolve?(name: string): Promise<string | undefined>;
  /** Opens a byte stream to a published address, as a client inside the sandbox's network would. Rejects when nothing answers. */
  connect(target: PublishedAddress): Promise<Duplex>;
}

/** What a workspace needs to use a sandbox with no flag to type. */
export interface WorkspaceAccess {
  /** Files below the learner's home, by relative path. */
  files: Record<string, { content: string; mode?: number }>;
  env: Record<string, string>;
  /** The same for a workspace without a network of its own. */
  hostEnv?: Record<string, string>;
  /** Certificate authorities, PEM, that the sandbox's servers are signed by and that programs in the workspace are to trust. */
  certificates?: readonly string[];
  /** Host names to resolve inside the workspace, by name; `*.example.com` stands for every name below example.com. */
  hosts: Record<string, string>;
  /** Absent where the sandbox is reached over the machine's own network. */
  network?: SandboxNetwork;
  /** The same access for a workspace without a network of its own (host workspace): kubeconfig with a loopback address and the like. */
  hostFiles?: Record<string, { content: string; mode?: number }>;
}

/** A question to the sandbox's state, in the platform's own terms. */
export type StateQuery =
  | { platform: 'kubernetes'; apiVersion: string; kind: string; namespace?: string; name?: string; labelSelector?: string }
  | { platform: 'ecs'; service: string; operation: string; input?: Record<string, unknown> };

/** A resource as its API returns it (JSON). */
export type StateDocument = Record<string, unknown>;
export interface StateChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  document: StateDocument;
}

/** The public client, narrowed to what checks and the topology view may ask. */
export interface PlatformState {
  read(query: StateQuery, signal: AbortSignal): Promise<StateDocument[]>;
  changes(query: StateQuery, signal: AbortSignal): AsyncIterable<StateChange>;
}

/** Something that could not be removed on close, with where it is and how to remove it by hand. */
export interface Leftover {
  what: string;
  where: string;
  remedy: string;
}

export interface Sandbox extends AsyncDisposable {
  access(): WorkspaceAccess;
  /** Calls `listener` when the files of `access()` have changed, as when a token was renewed. Absent where they never do. */
  onAccessChange?(listener: () => void): Disposable;
  readonly state: PlatformState;
  /** Back to the state in which it opened. */
  reset(): Promise<void>;
  /** Stops using CPU; state is kept, and the driver's next `open` for the same lab resumes it. */
  suspend(): Promise<void>;
  /** Removes the sandbox and its durable state. */
  close(): Promise<Leftover[]>;
  /** Resolves with the reason when the sandbox dies by itself. */
  readonly failed: Promise<DocksideError>;
}

export interface SandboxDriver {
  readonly platform: Platform;
  readonly name: string;
  readonly fidelity: 'embedded' | 'real';
  probe(): Promise<Availability>;
  /** Removes what a crash left behind of labs that are no longer; resolves to what could not be removed. */
  sweep?(): Promise<Leftover[]>;
  /** Opens, or resumes, the sandbox of `lab`. */
  open(lab: LabContext, report: (stage: Stage) => void, signal: AbortSignal): Promise<Sandbox>;
}
