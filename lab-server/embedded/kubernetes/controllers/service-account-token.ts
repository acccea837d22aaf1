// Fills Secrets of type kubernetes.io/service-account-token, and removes them with their service account.
import type { ClusterClient } from '../cluster-client.ts';
import type { Controller } from './controller.ts';
import { keyOf, objectOf } from './keys.ts';
import { SECRET, SERVICE_ACCOUNT, type Secret } from './kinds.ts';
import { ifPresent } from './ownership.ts';

const TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

export type IssueToken = (account: { namespace: string; name: string; uid: string }) => string;

/** `rootCertificate` is the cluster's CA as PEM. */
export function serviceAccountTokenController(issueToken: IssueToken, rootCertificate: string): Controller {
  return {
    name: 'serviceaccount-token-controller',
    serviceAccount: 'tokens-controller',
    watches: [
      { kind: SECRET, keys: (secret) => ((secret as Secret).type === TYPE ? [keyOf(secret)] : []) },
      { kind: SERVICE_ACCOUNT, keys: ({ metadata }, _old, client) => tokensOf(client, metadata.namespace, metadata.name).map(keyOf) },
    ],
    reconcile(key, { client }) {
      const secret = objectOf(client, SECRET, key);
      const name = secret?.metadata.annotations?.[ACCOUNT_NAME];
      if (!secret || secret.type !== TYPE || name === undefined) {
        return;
      }
      const { namespace = 'default', annotations } = secret.metadata;
      const account = client.get(SERVICE_ACCOUNT, namespace, name);
      const wasOfAnother = annotations?.[ACCOUNT_UID] !== undefined && annotations[ACCOUNT_UID] !== account?.metadata.uid;
      if (!account || wasOfAnother) {
        ifPresent(() => client.delete(SECRET, namespace, secret.metadata.name));
        return;
      }
      const { uid } = account.metadata;
      if (secret.data?.['token'] && annotations?.[ACCOUNT_UID] === uid) {
        return;
      }
      const data = {
        ...secret.data,
        'ca.crt': encode(rootCertificate),
        namespace: encode(namespace),
        token: encode(issueToken({ namespace, name, uid })),
      };
      client.update(SECRET, { ...secret, metadata: { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: uid } }, data });
    },
  };
}

function tokensOf(client: ClusterClient, namespace: string | undefined, account: string | undefined): Secret[] {
  return client
    .list(SECRET, { namespace })
    .filter(({ type, metadata }) => type === TYPE && metadata.annotations?.[ACCOUNT_NAME] === account);
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
