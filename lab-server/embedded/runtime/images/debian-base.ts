// What images built on Debian have in common: accounts, release files, shells and coreutils.
import { binaries, binary, DEVICES, directory, link, type ImageEntries, SYSTEM_DIRECTORIES } from './image-files.ts';

export interface DebianRelease {
  version: string;
  pointRelease: string;
  codename: string;
}

export const BOOKWORM: DebianRelease = { version: '12', pointRelease: '12.12', codename: 'bookworm' };
export const BULLSEYE: DebianRelease = { version: '11', pointRelease: '11.11', codename: 'bullseye' };
export const TRIXIE: DebianRelease = { version: '13', pointRelease: '13.2', codename: 'trixie' };

/** coreutils, util-linux, sed, grep, findutils, tar, gzip and friends as the slim Debian images have them: no ps, no editor, no curl. */
const COMMANDS =
  'arch awk base64 basename bash cat chgrp chmod chown cksum clear cmp comm cp cut date dd df diff dir dirname du echo egrep env expand expr false fgrep find fold getent grep groups gunzip gzip head hostid hostname id install join kill ln ls md5sum mkdir mktemp more mount mv nice nl nohup nproc od paste perl printenv printf pwd readlink realpath rev rm rmdir sed seq sh sha1sum sha256sum sha512sum shuf sleep sort split stat stty su sync tac tail tar tee test timeout touch tr true truncate tty uname uniq unlink uptime users wc which who whoami xargs yes zcat ['.split(
    ' ',
  );

const ACCOUNTS = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
  'sys:x:3:3:sys:/dev:/usr/sbin/nologin',
  'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
];
const GROUPS = ['root:x:0:', 'daemon:x:1:', 'bin:x:2:', 'sys:x:3:', 'adm:x:4:', 'tty:x:5:', 'www-data:x:33:', 'nogroup:x:65534:'];

/** Programs whose command has another name in the table. */
const PROGRAMS: Readonly<Record<string, string>> = { sh: 'dash', '[': 'test' };

export function debianBase(
  release: DebianRelease,
  more: { commands?: readonly string[]; accounts?: readonly string[]; groups?: readonly string[] } = {},
): ImageEntries {
  const names = [...COMMANDS, ...(more.commands ?? [])].filter((name) => name !== 'perl');
  const pretty = `Debian GNU/Linux ${release.version} (${release.codename})`;
  return {
    ...DEVICES,
    ...binaries(
      '/usr/bin',
      names.filter((name) => PROGRAMS[name] === undefined),
    ),
    ...Object.fromEntries(Object.entries(PROGRAMS).map(([name, program]) => [`/usr/bin/${name}`, binary(program)])),
    '/bin': link('usr/bin'),
    '/sbin': link('usr/sbin'),
    '/lib': link('usr/lib'),
    '/lib64': link('usr/lib64'),
    '/usr/sbin': directory(),
    '/usr/lib': directory(),
    '/usr/lib64': directory(),
    '/usr/local/bin': directory(),
    '/usr/local/sbin': directory(),
    '/boot': directory(),
    ...SYSTEM_DIRECTORIES,
    '/var/run': link('/run'),
    '/etc/debian_version': `${release.pointRelease}\n`,
    '/etc/os-release': link('../usr/lib/os-release'),
    '/usr/lib/os-release': `PRETTY_NAME="${pretty}"\nNAME="Debian GNU/Linux"\nVERSION_ID="${release.version}"\nVERSION="${release.version} (${release.codename})"\nVERSION_CODENAME=${release.codename}\nDEBIAN_VERSION_FULL=${release.pointRelease}\nID=debian\nHOME_URL="https://www.debian.org/"\nSUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n`,
    '/etc/issue': `Debian GNU/Linux ${release.version} \\n \\l\n\n`,
    '/etc/passwd': `${[...ACCOUNTS, ...(more.accounts ?? [])].join('\n')}\n`,
    '/etc/group': `${[...GROUPS, ...(more.groups ?? [])].join('\n')}\n`,
    '/etc/nsswitch.conf': 'passwd:         files\ngroup:          files\nhosts:          files dns\n',
    '/etc/profile': 'PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nexport PATH\n',
    '/etc/shells': '/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n',
    '/etc/debconf.conf': '',
    '/root/.bashrc': '# ~/.bashrc: executed by bash(1) for non-login shells.\n',
    '/root/.profile': '# ~/.profile: executed by Bourne-compatible login shells.\n',
  };
}

export interface UbuntuRelease {
  version: string;
  codename: string;
  name: string;
}

export const UBUNTU_RELEASES: readonly UbuntuRelease[] = [
  { version: '20.04', codename: 'focal', name: '20.04.6 LTS (Focal Fossa)' },
  { version: '22.04', codename: 'jammy', name: '22.04.5 LTS (Jammy Jellyfish)' },
  { version: '24.04', codename: 'noble', name: '24.04.3 LTS (Noble Numbat)' },
  { version: '25.04', codename: 'plucky', name: '25.04 (Plucky Puffin)' },
];

/** Ubuntu is Debian with other release files and a user of its own. */
export function ubuntuBase(release: UbuntuRelease, commands: readonly string[]): ImageEntries {
  const { version, codename, name } = release;
  return {
    ...debianBase(TRIXIE, { commands, accounts: ['ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash'], groups: ['ubuntu:x:1000:'] }),
    '/etc/debian_version': `${codename}/sid\n`,
    '/etc/lsb-release': `DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=${version}\nDISTRIB_CODENAME=${codename}\nDISTRIB_DESCRIPTION="Ubuntu ${name.replace(/ \(.*/, '')}"\n`,
    '/usr/lib/os-release': `PRETTY_NAME="Ubuntu ${name.replace(/ \(.*/, '')}"\nNAME="Ubuntu"\nVERSION_ID="${version}"\nVERSION="${name}"\nVERSION_CODENAME=${codename}\nID=ubuntu\nID_LIKE=debian\nHOME_URL="https://www.ubuntu.com/"\nSUPPORT_URL="https://help.ubuntu.com/"\nUBUNTU_CODENAME=${codename}\n`,
    '/etc/issue': `Ubuntu ${name.replace(/ \(.*/, '')} \\n \\l\n\n`,
    '/home/ubuntu': directory(0o750, { uid: 1000, gid: 1000 }),
  };
}
