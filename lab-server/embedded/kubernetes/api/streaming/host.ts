// What the streaming subresources need of the cluster.
import type { Clock } from '../../../../base/index.ts';
import type { ClusterClient } from '../../cluster-client.ts';
import type { Kubelet } from '../../kubelet/index.ts';

export interface StreamingHost {
  client: ClusterClient;
  clock: Clock;
  /** The kubelet of a node; undefined when that node does not run. */
  kubelet: (node: string) => Kubelet | undefined;
  /** Takes errors that nothing expects; they are bugs. */
  report: (error: unknown) => void;
}

/** Which pod, and how: `query` is the request's own. */
export interface StreamingTarget {
  namespace: string;
  pod: string;
  query: URLSearchParams;
}
