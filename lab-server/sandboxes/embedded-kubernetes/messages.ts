// What the lab server and a cluster's worker thread say to each other.
import type { PublishedAddress } from '../sandbox.ts';

export interface OpenClusterRequest {
  type: 'open';
  /** SQLite file of the cluster's durable state. */
  databaseFile: string;
  /** Unix socket (or named pipe) on which the worker lets the lab server into the cluster's network. */
  socketPath: string;
}

export type ToWorker = OpenClusterRequest | { type: 'stop' };

export interface OpenedCluster {
  type: 'opened';
  /** Kubeconfig for clients inside the cluster's network. */
  kubeconfig: string;
  /** The same for clients on the machine's loopback. */
  loopbackKubeconfig: string;
  published: readonly PublishedAddress[];
}

export type FromWorker =
  | { type: 'loaded' }
  | OpenedCluster
  | { type: 'published'; addresses: readonly PublishedAddress[] }
  | { type: 'refused'; message: string; stack?: string };
