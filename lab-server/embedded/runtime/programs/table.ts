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
  ...from(() => import('./apache/apache.ts'), ['apache']),
  ...from(() => import('./nginx/nginx.ts'), ['nginx']),
  ...from(() => import('./packages.ts'), ['apk', 'apt-get']),
  chgrp: async () => (await import('./files/attributes.ts')).chown,
  agnhost: async () => (await import('./apps/agnhost.ts')).agnhost,
  bootcamp: async () => (await import('./apps/hello.ts')).bootcamp,
  'cpu-burner': async () => (await import('./apps/cpu-burner.ts')).cpuBurner,
  'curl-entrypoint': async () => (await import('./network/curl.ts')).curlEntrypoint,
  dir: async () => (await import('./files/ls.ts')).ls,
  'echo-server': async () => (await import('./apps/hello.ts')).echoServer,
  echoserver: async () => (await import('./apps/hello.ts')).echoserver,
  false: async () => async () => 1,
  flaky: async () => (await import('./apps/flaky.ts')).flaky,
  'hello-app': async () => (await import('./apps/hello.ts')).helloApp,
  'http-echo': async () => (await import('./apps/http-echo.ts')).httpEcho,
  killall: byName,
  less: async () => (await import('./text/cat.ts')).cat,
  link: async () => (await import('./files/create.ts')).ln,
  more: async () => (await import('./text/cat.ts')).cat,
  'nginx-entrypoint': async () => (await import('./nginx/entrypoint.ts')).nginxEntrypoint,
  pause: async () => (await import('./apps/pause.ts')).pause,
  pg_isready: async () => (await import('./postgres/psql.ts')).pgIsReady,
  pgrep: byName,
  pidof: byName,
  pkill: byName,
  podinfo: async () => (await import('./apps/podinfo.ts')).podinfo,
  postgres: async () => (await import('./postgres/server.ts')).postgres,
  'postgres-entrypoint': async () => (await import('./postgres/server.ts')).postgresEntrypoint,
  psql: async () => (await import('./postgres/psql.ts')).psql,
  'redis-cli': async () => (await import('./redis/cli.ts')).redisCli,
  'redis-server': async () => (await import('./redis/server.ts')).redisServer,
  stress: async () => (await import('./apps/stress.ts')).stress,
  true: async () => async () => 0,
  'vish-stress': async () => (await import('./apps/stress.ts')).vishStress,
  who: async () => (await import('./system/identity.ts')).users,
  'whoami-server': async () => (await import('./apps/whoami.ts')).whoami,
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
