// What images built on Alpine have in common: busybox, musl's files, apk.
import { APPLETS, binary, DEVICES, directory, link, type ImageEntries, SYSTEM_DIRECTORIES } from './image-files.ts';

export interface AlpineRelease {
  version: string;
}

/** Last patch release of each branch. */
export const ALPINE_RELEASES: Readonly<Record<string, number>> = {
  '3.12': 12,
  '3.13': 12,
  '3.14': 10,
  '3.15': 11,
  '3.16': 9,
  '3.17': 10,
  '3.18': 12,
  '3.19': 9,
  '3.20': 8,
  '3.21': 5,
  '3.22': 2,
};

export const ALPINE: AlpineRelease = { version: '3.22.2' };

export function alpineBase(
  more: { release?: AlpineRelease; commands?: readonly string[]; accounts?: readonly string[]; groups?: readonly string[] } = {},
): ImageEntries {
  const { version } = more.release ?? ALPINE;
  const branch = version.split('.').slice(0, 2).join('.');
  return {
    ...DEVICES,
    '/bin/busybox': binary('busybox', '1.37.0'),
    ...Object.fromEntries(APPLETS.map((name) => [`${placeOf(name)}/${name}`, link('/bin/busybox')])),
    ...Object.fromEntries((more.commands ?? []).map((name) => [`/usr/bin/${name}`, binary(name)])),
    '/sbin/apk': binary('apk'),
    ...SYSTEM_DIRECTORIES,
    '/lib/apk/db/installed': '',
    '/usr/lib': directory(),
    '/usr/local/bin': directory(),
    '/usr/share': directory(),
    '/var/run': link('../run'),
    '/etc/alpine-release': `${version}\n`,
    '/etc/apk/repositories': `https://dl-cdn.alpinelinux.org/alpine/v${branch}/main\nhttps://dl-cdn.alpinelinux.org/alpine/v${branch}/community\n`,
    '/etc/os-release': `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=${version}\nPRETTY_NAME="Alpine Linux v${branch}"\nHOME_URL="https://alpinelinux.org/"\nBUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"\n`,
    '/etc/passwd': `${['root:x:0:0:root:/root:/bin/sh', 'bin:x:1:1:bin:/bin:/sbin/nologin', 'daemon:x:2:2:daemon:/sbin:/sbin/nologin', 'guest:x:405:100:guest:/dev/null:/sbin/nologin', 'nobody:x:65534:65534:nobody:/:/sbin/nologin', ...(more.accounts ?? [])].join('\n')}\n`,
    '/etc/group': `${['root:x:0:root', 'bin:x:1:root,bin,daemon', 'daemon:x:2:root,bin,daemon', 'users:x:100:games', 'nobody:x:65534:', ...(more.groups ?? [])].join('\n')}\n`,
    '/etc/profile': 'export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n',
    '/etc/shells': '/bin/sh\n/bin/ash\n',
  };
}

/** Where Alpine links an applet; most are in /bin or /usr/bin. */
function placeOf(name: string): string {
  const inBin = new Set(
    'arch ash base64 bbconfig cat chgrp chmod chown cp date dd df dmesg dnsdomainname dumpkmap echo egrep false fgrep fsync getopt grep gunzip gzip hostname kill link ln login ls mkdir mknod mktemp more mount mv netstat nice pidof ping ping6 printenv ps pwd rev rm rmdir sed sh sleep stat stty su sync tar touch true umount uname usleep watch zcat'.split(
      ' ',
    ),
  );
  return inBin.has(name) ? '/bin' : name === 'ip' || name === 'ifconfig' || name === 'route' ? '/sbin' : '/usr/bin';
}
