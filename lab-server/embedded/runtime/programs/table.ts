// Which program a binary of an image runs. Programs load when they are first used, so that an idle runtime stays small.
import type { Program } from '../processes/program.ts';

type Loader = () => Promise<Program>;

/** One loader for the programs of one module. */
function from<Name extends string>(load: () => Promise<Record<Name, Program>>, names: readonly Name[]): Record<string, Loader> {
  return Object.fromEntries(names.map((name) => [name, async () => (await load())[name]]));
}

const LOADERS: Readonly<Record<string, Loader>> = {
  ...from(() => import('./shells.ts'), ['ash', 'bash', 'dash']),
  ...from(() => import('./busybox.ts'), ['busybox']),
  ...from(() => import('./echo.ts'), ['echo']),
  ...from(() => import('./printf.ts'), ['printf']),
  ...from(() => import('./sleep.ts'), ['sleep']),
  ...from(() => import('./test.ts'), ['test']),
  ...from(() => import('./files/attributes.ts'), ['chmod', 'chown', 'readlink', 'realpath', 'stat']),
  ...from(() => import('./files/copy.ts'), ['cp', 'mv']),
  ...from(() => import('./files/create.ts'), ['install', 'ln', 'mkdir', 'mktemp', 'touch', 'truncate']),
  ...from(() => import('./files/disks.ts'), ['dd', 'df', 'mount', 'sync']),
  ...from(() => import('./files/ls.ts'), ['ls']),
  ...from(() => import('./files/names.ts'), ['basename', 'dirname', 'pwd', 'which']),
  ...from(() => import('./files/remove.ts'), ['rm', 'rmdir', 'unlink']),
  ...from(() => import('./files/tar.ts'), ['tar']),
  ...from(() => import('./network/connections.ts'), ['nc', 'ping', 'telnet', 'traceroute']),
  ...from(() => import('./network/curl.ts'), ['curl']),
  ...from(() => import('./network/httpd.ts'), ['httpd']),
  ...from(() => import('./network/interfaces.ts'), ['ifconfig', 'ip', 'netstat', 'route', 'ss']),
  ...from(() => import('./network/names.ts'), ['dig', 'getent', 'nslookup']),
  ...from(() => import('./network/wget.ts'), ['wget']),
  ...from(() => import('./system/date.ts'), ['date']),
  ...from(() => import('./system/environment.ts'), ['env', 'printenv']),
  ...from(
    () => import('./system/identity.ts'),
    ['arch', 'clear', 'groups', 'hostid', 'hostname', 'id', 'nproc', 'stty', 'tty', 'uname', 'users', 'whoami'],
  ),
  ...from(() => import('./system/processes.ts'), ['free', 'kill', 'ps', 'top', 'uptime']),
  ...from(() => import('./system/running.ts'), ['nice', 'nohup', 'setsid', 'stdbuf', 'su', 'time', 'timeout', 'watch', 'xargs']),
  ...from(() => import('./text/cat.ts'), ['cat', 'tee', 'yes']),
  ...from(() => import('./text/checksums.ts'), ['cksum', 'md5sum', 'sha1sum', 'sha256sum', 'sha512sum']),
  ...from(() => import('./text/counting.ts'), ['seq', 'shuf', 'wc']),
  ...from(
    () => import('./text/filters.ts'),
    [
      'awk',
      'base64',
      'cmp',
      'comm',
      'cut',
      'diff',
      'du',
      'egrep',
      'envsubst',
      'expand',
      'expr',
      'fgrep',
      'find',
      'fold',
      'grep',
      'gunzip',
      'gzip',
      'join',
      'jq',
      'nl',
      'od',
      'paste',
      'rev',
      'sed',
      'sort',
      'split',
      'strings',
      'tac',
      'tr',
      'tree',
      'unexpand',
      'uniq',
      'zcat',
    ],
  ),
  ...from(() => import('./text/head-tail.ts'), ['head', 'tail']),
  ...from(() => import('./nginx/nginx.ts'), ['nginx']),
  chgrp: async () => (await import('./files/attributes.ts')).chown,
  dir: async () => (await import('./files/ls.ts')).ls,
  false: async () => async () => 1,
  killall: byName,
  less: async () => (await import('./text/cat.ts')).cat,
  link: async () => (await import('./files/create.ts')).ln,
  more: async () => (await import('./text/cat.ts')).cat,
  'nginx-entrypoint': async () => (await import('./nginx/entrypoint.ts')).nginxEntrypoint,
  pgrep: byName,
  pidof: byName,
  pkill: byName,
  true: async () => async () => 0,
  who: async () => (await import('./system/identity.ts')).users,
  umount: async () => (await import('./files/disks.ts')).mount,
};

async function byName(): Promise<Program> {
  return (await import('./system/processes.ts')).byName;
}

/** The program with this name; undefined when there is none. */
export async function findProgram(name: string): Promise<Program | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]?.() : undefined;
}

/** Names of all programs, for checking that an image's binaries lead somewhere. */
export function programNames(): readonly string[] {
  return Object.keys(LOADERS);
}
