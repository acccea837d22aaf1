// The learner's kubeconfig, as the real program changes it: `start` puts its context in and makes it the current one, `stop` and `delete` take it back.
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { kubectl, runKubectl } from './kubectl.ts';
import { ownKubeconfig } from './machine.ts';
import { PROFILE } from './version.ts';

function learnersFile(): string {
  return process.env.KUBECONFIG?.split(delimiter).find((file) => file !== '') ?? join(homedir(), '.kube', 'config');
}

async function contexts(): Promise<string[]> {
  return (await kubectl('config', 'get-contexts', '-o', 'name')).split('\n').filter((name) => name !== '');
}

export async function currentContext(): Promise<string> {
  return (await kubectl('config', 'view', '-o', 'jsonpath={.current-context}')).trim();
}

export async function hasContext(): Promise<boolean> {
  return (await contexts()).includes(PROFILE);
}

/** Makes the cluster's context the current one. Resolves to whether it had to be put in first. */
export async function useContext(): Promise<boolean> {
  const isMissing = !(await hasContext());
  if (isMissing) {
    const file = learnersFile();
    const merged = await runKubectl(['config', 'view', '--flatten', '--raw'], {
      env: { KUBECONFIG: [file, await ownKubeconfig()].join(delimiter) },
    });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, merged, { mode: 0o600 });
  }
  await kubectl('config', 'use-context', PROFILE);
  return isMissing;
}

export async function leaveContext(): Promise<void> {
  if ((await currentContext()) === PROFILE) {
    await kubectl('config', 'unset', 'current-context');
  }
}

export async function removeContext(): Promise<void> {
  await leaveContext();
  if (await hasContext()) {
    await kubectl('config', 'delete-context', PROFILE);
    await kubectl('config', 'delete-cluster', PROFILE);
    await kubectl('config', 'delete-user', PROFILE);
  }
}
