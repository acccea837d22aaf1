// The learner's way in: a token of the lab's ServiceAccount that lives for an hour and is renewed, in a kubeconfig whose namespace is the lab's.
import { stringify } from 'yaml';
import { z } from 'zod';
import type { ClusterApi } from './cluster-api.ts';
import { LEARNER } from './lab-objects.ts';

const TOKEN_SECONDS = 3600;

export interface LearnerToken {
  token: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

const tokenRequestSchema = z.object({
  status: z.object({ token: z.string().min(1), expirationTimestamp: z.iso.datetime() }),
});

/** Asks the cluster for a new token (TokenRequest, authentication.k8s.io/v1). A cluster may give it less time than was asked for. */
export async function requestToken(api: ClusterApi, namespace: string): Promise<LearnerToken> {
  const answer = await api.expect('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${LEARNER}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  const { status } = tokenRequestSchema.parse(answer);
  return { token: status.token, expiresAt: Date.parse(status.expirationTimestamp) };
}

export interface LearnerCluster {
  server: string;
  /** PEM; absent where the system's authorities vouch for the server. */
  authority?: string;
  /** The name in the server's certificate, where it is reached under another one. */
  serverName?: string;
  /** The operator's kubeconfig does not verify the server either. */
  insecure: boolean;
}

export function learnerKubeconfig({ server, authority, serverName, insecure }: LearnerCluster, namespace: string, token: string): string {
  const cluster = {
    server,
    ...(authority === undefined ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
    ...(insecure ? { 'insecure-skip-tls-verify': true } : {}),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: LEARNER, user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'cluster', user: LEARNER, namespace } }],
    'current-context': 'lab',
  });
}
