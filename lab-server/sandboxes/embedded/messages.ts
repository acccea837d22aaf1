// What the lab server and the worker thread of an embedded sandbox say to each other, whatever the sandbox is.
import type { PublishedAddress } from '../sandbox.ts';

export interface OpenRequest {
  /** SQLite file of the durable state. */
  databaseFile: string;
  /** Unix socket (or named pipe) on which the worker lets the lab server into the sandbox's network. */
  socketPath: string;
}

export type ToWorker = ({ type: 'open' } & OpenRequest) | { type: 'stop' } | { type: 'resolve'; id: number; name: string };

/** `Access` is what a client needs to use the sandbox: a kubeconfig, or an endpoint with keys. */
export interface Opened<Access> {
  access: Access;
  published: readonly PublishedAddress[];
}

export type FromWorker<Access> =
  | { type: 'loaded' }
  | ({ type: 'opened' } & Opened<Access>)
  | { type: 'published'; addresses: readonly PublishedAddress[] }
  /** The sandbox's state has changed; the topics say where. */
  | { type: 'changed'; topics: readonly string[] }
  | { type: 'resolved'; id: number; address: string | undefined }
  | { type: 'refused'; message: string; stack?: string };
