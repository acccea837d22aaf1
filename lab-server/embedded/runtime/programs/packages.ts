// apk and apt-get: package tools in a network without the Internet fail as they do behind a closed one.
import type { Process } from '../processes/process.ts';

const MIRRORS = { apk: 'https://dl-cdn.alpinelinux.org/alpine/v3.22/main', apt: 'http://deb.debian.org/debian' } as const;

async function apk(process: Process): Promise<number> {
  const [, action = ''] = process.argv.filter((word) => !word.startsWith('--'));
  switch (action) {
    case 'update':
    case 'add': {
      await process.print(`fetch ${MIRRORS.apk}/x86_64/APKINDEX.tar.gz\n`);
      await process.sleep(5_000);
      await process.complain(`WARNING: fetching ${MIRRORS.apk}: DNS: transient error (try again later)\n`);
      const names = process.argv.slice(process.argv.indexOf(action) + 1).filter((word) => !word.startsWith('-'));
      if (action === 'update' || names.length === 0) {
        await process.print('2 unavailable, 0 stale; 14 distinct packages available\n');
        return 2;
      }
      await process.complain(
        `ERROR: unable to select packages:\n${names.map((name) => `  ${name} (no such package):\n    required by: world[${name}]\n`).join('')}`,
      );
      return names.length;
    }
    case 'info':
      await process.print('alpine-baselayout\nalpine-keys\napk-tools\nbusybox\nmusl\n');
      return 0;
    default:
      await process.print('apk-tools 2.14.9, compiled for x86_64.\n\nusage: apk [<OPTIONS>...] COMMAND [<ARGUMENTS>...]\n');
      return action === '' ? 1 : 0;
  }
}

async function aptGet(process: Process): Promise<number> {
  const words = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  const [action = '', ...names] = words;
  switch (action) {
    case 'update':
      await process.print(`Ign:1 ${MIRRORS.apt} stable InRelease\n`);
      await process.sleep(5_000);
      await process.print(
        `Err:1 ${MIRRORS.apt} stable InRelease\n  Temporary failure resolving 'deb.debian.org'\nReading package lists... Done\n`,
      );
      await process.complain(
        `W: Failed to fetch ${MIRRORS.apt}/dists/stable/InRelease  Temporary failure resolving 'deb.debian.org'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
      );
      return 0;
    case 'install':
      await process.print('Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n');
      await process.complain(names.map((name) => `E: Unable to locate package ${name}\n`).join(''));
      return 100;
    case 'clean':
    case 'autoremove':
      return 0;
    default:
      await process.complain(`E: Invalid operation ${action}\n`);
      return 100;
  }
}

export { apk, aptGet as 'apt-get' };
