// Who a container's process runs as: `user`, `uid`, `uid:gid` and names from the image's /etc/passwd.
import type { VirtualFileSystem } from '../files/virtual-file-system.ts';
import type { Identity } from '../processes/process.ts';

export interface Account extends Identity {
  name: string;
  home: string;
  shell: string;
}

/** The accounts of a container's /etc/passwd; empty where there is none. */
export async function accountsOf(files: VirtualFileSystem): Promise<Account[]> {
  return (await tableOf(files, '/etc/passwd')).map(([name = '', , uid, gid, , home = '/', shell = '/bin/sh']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
    shell,
  }));
}

export async function groupsOf(files: VirtualFileSystem): Promise<{ name: string; gid: number; members: string[] }[]> {
  return (await tableOf(files, '/etc/group')).map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter((member) => member !== ''),
  }));
}

/** Resolves a user specification; undefined when it names a user the container does not have. */
export async function identityOf(files: VirtualFileSystem, user: string): Promise<Identity | undefined> {
  const [userPart = '', groupPart] = user.split(':');
  const accounts = await accountsOf(files);
  const account = accounts.find((candidate) => (isNumber(userPart) ? candidate.uid === Number(userPart) : candidate.name === userPart));
  const uid = isNumber(userPart) ? Number(userPart) : account?.uid;
  if (uid === undefined) {
    return undefined;
  }
  if (groupPart === undefined) {
    return { uid, gid: account?.gid ?? 0 };
  }
  const gid = isNumber(groupPart) ? Number(groupPart) : (await groupsOf(files)).find((group) => group.name === groupPart)?.gid;
  return gid === undefined ? undefined : { uid, gid };
}

/** The environment with the user's HOME last, where nothing set one: what runc adds. */
export async function withHome(
  files: VirtualFileSystem,
  env: ReadonlyMap<string, string>,
  { uid }: Identity,
): Promise<ReadonlyMap<string, string>> {
  if (env.has('HOME')) {
    return env;
  }
  const account = (await accountsOf(files)).find((candidate) => candidate.uid === uid);
  return new Map([...env, ['HOME', account?.home ?? '/']]);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

async function tableOf(files: VirtualFileSystem, path: string): Promise<string[][]> {
  if (!(await files.exists(path))) {
    return [];
  }
  const text = await files.readFile(path);
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}
