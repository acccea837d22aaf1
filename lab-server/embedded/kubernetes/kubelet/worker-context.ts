// What every pod worker of a node shares.
import type { Clock } from '../../../base/index.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { ClusterClient } from '../cluster-client.ts';
import type { EventRecorder } from '../events/index.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import type { Node, Pod } from '../types.ts';
import type { BackOff } from './back-off.ts';
import type { ImagePuller } from './image-puller.ts';
import type { PodSnapshots } from './pod-snapshot.ts';
import type { SandboxPace } from './sandbox-pace.ts';
import type { NodeFiles } from './volumes/node-files.ts';
import type { TokenRequest } from './volumes/payload.ts';

export interface WorkerContext {
  client: ClusterClient;
  clock: Clock;
  runtime: Runtime;
  events: EventRecorder;
  images: ImagePuller;
  sandboxes: SandboxPace;
  crashBackOff: BackOff;
  network: PodNetwork;
  nodeFiles: NodeFiles;
  node: { name: string; address: string; allocatable: Readonly<Record<string, string>> };
  issueToken: (request: TokenRequest) => string;
  /** The node was off: what ran before has ended with it. */
  rebooted: boolean;
  /** What pods left behind; undefined where nobody can tell, and everything counts as kept. */
  snapshots: PodSnapshots | undefined;
  /** The node as the API has it now. */
  nodeObject: () => Node | undefined;
  /** The other pods that run on this node. */
  podsBeside: (podUid: string) => Iterable<Pod>;
  /** Takes errors that nothing expects; they are bugs. */
  report: (error: unknown) => void;
}
