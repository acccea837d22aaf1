// The keys that make a cluster itself: its authority, its server's and administrator's certificates, the key that signs tokens.
// They are kept in the store, in a table that no kind has, so a cluster that starts again is the same to its clients.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ObjectStore } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import { createAuthority, issueCertificate, type KeyAndCertificate } from '../../../runtime/certificates/certificates.ts';

export interface ClusterIdentity {
  authority: KeyAndCertificate;
  server: KeyAndCertificate;
  administrator: KeyAndCertificate;
  /** PEM of the key that signs service account tokens. */
  tokenKey: string;
  tokenKeyId: string;
}

const TABLE = '$identity';
const KEY = 'cluster';
const AUTHORITY_NAME = 'minikubeCA';

/** Names and addresses by which the API server is reached. */
const SERVER_NAMES = [
  'minikubeCA',
  'control-plane.minikube.internal',
  'kubernetes.default.svc.cluster.local',
  'kubernetes.default.svc',
  'kubernetes.default',
  'kubernetes',
  'localhost',
  'minikube',
  '10.96.0.1',
  '127.0.0.1',
  '10.0.0.1',
  '192.168.49.2',
];

/** The identity of the cluster in `store`, made when there is none. */
export function clusterIdentity(store: ObjectStore, now: number): ClusterIdentity {
  const stored = store.table(TABLE).get(KEY)?.object as unknown as { data: ClusterIdentity } | undefined;
  if (stored) {
    return stored.data;
  }
  const identity = createIdentity(now);
  store.put(TABLE, KEY, { kind: '', apiVersion: '', metadata: { name: KEY }, data: identity } as KubernetesObject);
  return identity;
}

function createIdentity(now: number): ClusterIdentity {
  const authority = createAuthority(AUTHORITY_NAME, now);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    authority,
    server: issueCertificate(authority, AUTHORITY_NAME, { commonName: 'minikube', usage: 'server', altNames: SERVER_NAMES, now }),
    administrator: issueCertificate(authority, AUTHORITY_NAME, {
      commonName: 'minikube-user',
      organizations: ['system:masters'],
      usage: 'client',
      now,
    }),
    tokenKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    tokenKeyId: randomBytes(24).toString('base64url'),
  };
}
