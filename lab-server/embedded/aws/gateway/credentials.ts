// Access keys of the endpoint's accounts: who a key belongs to and what signs with it. IAM and STS write them, the gateway reads them.
import type { Principal, Session } from '../services/service.ts';
import type { Table, Tables } from '../state/tables.ts';

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  account: string;
  /** ARN of the user, role session or root it belongs to. */
  arn: string;
  userId: string;
  status: 'Active' | 'Inactive';
  /** Temporary credentials have a token and end. Milliseconds since the epoch. */
  sessionToken?: string;
  expiresAt?: number;
  session?: Session;
  createdAt: number;
}

export function accessKeys(tables: Tables): Table<AccessKey> {
  return tables.table<AccessKey>('iam.access-keys');
}

export function principalOf(key: AccessKey): Principal {
  return {
    account: key.account,
    arn: key.arn,
    userId: key.userId,
    accessKeyId: key.accessKeyId,
    isRoot: key.arn.endsWith(':root'),
    ...(key.session ? { session: key.session } : {}),
  };
}

interface KeyUse {
  at: number;
  service: string;
  region: string;
}

/** Uses are not worth a write for each request; they are known while the process runs. */
const uses = new WeakMap<Tables, Map<string, KeyUse>>();

export function noteUse(tables: Tables, accessKeyId: string, use: KeyUse): void {
  let known = uses.get(tables);
  if (!known) {
    known = new Map();
    uses.set(tables, known);
  }
  known.set(accessKeyId, use);
}

export function lastUse(tables: Tables, accessKeyId: string): KeyUse | undefined {
  return uses.get(tables)?.get(accessKeyId);
}
