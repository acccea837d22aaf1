// The parts of the API server that requests are handed to.
import type { Duplex, Readable } from 'node:stream';
import type { Authenticator } from './auth/authenticate.ts';
import type { Authorizer } from './auth/authorize.ts';
import type { TokenIssuer } from './auth/tokens.ts';
import type { ApiCore } from './core.ts';
import type { Discovery } from './discovery.ts';
import type { OpenApi } from './openapi/documents.ts';
import type { StreamingSubresource, StreamingTarget, UpgradeRequest } from './streaming/index.ts';
import type { ResourceMetrics } from './virtual/metrics.ts';
import type { Watches } from './watches.ts';

/** What the nodes answer for: logs, and streams into containers. */
export interface Streaming {
  openLog(target: StreamingTarget): Readable;
  upgrade(request: UpgradeRequest): void;
}

export interface ApiServices {
  readonly core: ApiCore;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly issuer: TokenIssuer;
  readonly watches: Watches;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly streaming: Streaming;
  /** Connects to an address of the cluster as the node does that the API server runs on. */
  connect(address: string, port: number): Promise<Duplex>;
  /** What pods and nodes use now. */
  metrics(): ResourceMetrics;
  /** Answers for what lies under the cluster: paths that begin with /minikube/v1. */
  machines(method: string, path: string, body: string): Promise<{ code: number; body: object }>;
  /** `192.168.49.2:8443`: where clients inside the cluster find the server. */
  readonly advertised: string;
  /** Told of errors that no request should be able to cause. */
  readonly report: (error: unknown) => void;
}

export function isStreamingSubresource(name: string): name is StreamingSubresource {
  return name === 'exec' || name === 'attach' || name === 'portforward';
}
