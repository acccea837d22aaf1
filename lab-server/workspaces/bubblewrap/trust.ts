// The certificate authorities that programs in a workspace trust: those that the lab's sandboxes are signed by, and beside them the machine's own.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceAccess } from '../../sandboxes/sandbox.ts';
import { OWN_FOLDER, type Bind } from './commands.ts';

/** The machine's list, where it is at the place at which Debian, Ubuntu and Alpine keep it. */
const SYSTEM_LIST = '/etc/ssl/certs/ca-certificates.crt';

/** Where the list of the lab's own authorities appears in the workspace. */
const SHOWN_AS = `${OWN_FOLDER}/lab-ca.crt`;

export interface Trust {
  binds: Bind[];
  env: Record<string, string>;
}

/** Writes the lab's lists into `folder`. */
export async function writeTrust(folder: string, access: readonly WorkspaceAccess[]): Promise<Trust> {
  const own = access.flatMap(({ certificates }) => certificates ?? []).join('');
  if (own === '') {
    return { binds: [], env: {} };
  }
  await mkdir(folder, { recursive: true, mode: 0o755 });
  // Written in place: a workspace that still runs from before a restart of the server sees these very files.
  const ownList = join(folder, 'lab-ca.crt');
  await writeFile(ownList, own, { mode: 0o644 });
  const binds = [{ from: ownList, to: SHOWN_AS }];
  if (existsSync(SYSTEM_LIST)) {
    // For programs that look there and nowhere else, or that are started without the environment.
    const whole = join(folder, 'ca-certificates.crt');
    await writeFile(whole, own + (await readFile(SYSTEM_LIST, 'utf8')), { mode: 0o644 });
    binds.push({ from: whole, to: SYSTEM_LIST });
  }
  return {
    binds,
    // A short list: reading a hundred authorities would cost each start of the AWS CLI more than the question it asks.
    env: { AWS_CA_BUNDLE: SHOWN_AS, NODE_EXTRA_CA_CERTS: SHOWN_AS },
  };
}
