// busybox: one binary with many names, and the smallest image a lesson can use.
import type { ImageDefinition, ImageVariant } from './image-definition.ts';
import { APPLETS, binary, DEVICES, directory, imageRoot, link } from './image-files.ts';

/** Newest patch release of each minor version on the registry. */
const LAST_PATCH: Readonly<Record<string, number>> = {
  '1.26': 2, '1.27': 2, '1.28': 4, '1.29': 3, '1.30': 1, '1.31': 1, '1.32': 1, '1.33': 1, '1.34': 1, '1.35': 0, '1.36': 1, '1.37': 0,
}; // prettier-ignore
const NEWEST = '1.37';
const STABLE = '1.37';
const ALIASES: Readonly<Record<string, string>> = { latest: NEWEST, unstable: NEWEST, '1': NEWEST, stable: STABLE };

function versionOf(tag: string): { version: string; libc: string } | undefined {
  const match = /^(latest|unstable|stable|1(?:\.\d+){0,2})?-?(uclibc|glibc|musl)?$/.exec(tag);
  if (!match || tag === '' || tag.endsWith('-')) {
    return undefined;
  }
  const base = match[1] ?? 'latest';
  const numbers = (ALIASES[base] ?? base).split('.');
  const minor = numbers.slice(0, 2).join('.');
  const last = LAST_PATCH[minor];
  const patch = numbers[2] === undefined ? last : Number(numbers[2]);
  return last === undefined || patch === undefined || patch > last
    ? undefined
    : { version: `${minor}.${patch}`, libc: match[2] ?? 'glibc' };
}

export const busybox: ImageDefinition = {
  usualTags: Object.keys(LAST_PATCH),
  repository: 'docker.io/library/busybox',
  mirrors: [
    'public.ecr.aws/docker/library/busybox',
    'mirror.gcr.io/library/busybox',
    'registry.k8s.io/e2e-test-images/busybox',
    'registry.k8s.io/busybox',
    'gcr.io/google_containers/busybox',
    'k8s.gcr.io/busybox',
    'quay.io/prometheus/busybox',
  ],
  variant(tag): ImageVariant | undefined {
    // Kubernetes' own copies carry a build number: 1.29-4.
    const found = versionOf(tag.replace(/^(1\.\d+)-\d+$/, '$1'));
    return (
      found && {
        entrypoint: [],
        command: ['sh'],
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
        sizeBytes: 2_220_000,
        identity: `${found.version}-${found.libc}`,
        files: () =>
          imageRoot(DEVICES, Object.fromEntries(APPLETS.map((name) => [`/bin/${name}`, link('busybox')])), {
            '/bin/busybox': binary('busybox', found.version),
            '/home': directory(),
            '/lib': directory(),
            '/root': directory(0o700),
            '/sys': directory(0o555),
            '/tmp': directory(0o1777),
            '/usr/bin/env': link('../../bin/env'),
            '/usr/sbin': directory(),
            '/var/spool/mail': directory(),
            '/var/www': directory(),
            '/etc/passwd':
              'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
            '/etc/group': 'root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n',
            '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
          }),
      }
    );
  },
};
