// redis and valkey: a key-value store that keeps its data in /data.
import { alpineBase } from './alpine-base.ts';
import { BOOKWORM, debianBase } from './debian-base.ts';
import type { ImageDefinition, ImageVariant } from './image-definition.ts';
import { binary, directory, imageRoot, link, script } from './image-files.ts';
import { parseVersionTag, type VersionTags } from './version-tags.ts';

const REDIS: VersionTags = {
  releases: { '5.0': 14, '6.0': 20, '6.2': 20, '7.0': 15, '7.2': 11, '7.4': 6, '8.0': 4, '8.2': 2 },
  latest: '8.2',
  variants: /^(alpine(3\.\d+)?|bookworm|bullseye|trixie)$/,
  bareVariants: true,
};
const VALKEY: VersionTags = {
  releases: { '7.2': 11, '8.0': 6, '8.1': 4 },
  latest: '8.1',
  variants: /^(alpine(3\.\d+)?|bookworm|trixie)$/,
  bareVariants: true,
};

/** The entrypoint of the real image: options alone mean the server. */
const entrypoint = (server: string): string => `#!/bin/sh
set -e

# first arg is \`-f\` or \`--some-option\`
# or first arg is \`something.conf\`
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
	set -- ${server} "$@"
fi

exec "$@"
`;

function variantOf(tag: string, tags: VersionTags, name: 'redis' | 'valkey'): ImageVariant | undefined {
  const parsed = parseVersionTag(tag, tags);
  const account = `${name}:x:999:1000::/home/${name}:/bin/sh`;
  return (
    parsed && {
      entrypoint: ['docker-entrypoint.sh'],
      command: [`${name}-server`],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', REDIS_VERSION: parsed.version },
      workingDir: '/data',
      exposedPorts: [{ port: 6379, protocol: 'tcp' }],
      sizeBytes: parsed.variant.startsWith('alpine') ? 17_000_000 : 46_000_000,
      identity: `${parsed.version}-${parsed.variant}`,
      files: () =>
        imageRoot(
          parsed.variant.startsWith('alpine') ? alpineBase({ accounts: [account] }) : debianBase(BOOKWORM, { accounts: [account] }),
          {
            [`/usr/local/bin/${name}-server`]: binary('redis-server'),
            [`/usr/local/bin/${name}-cli`]: binary('redis-cli'),
            ...(name === 'valkey'
              ? { '/usr/local/bin/redis-server': link('valkey-server'), '/usr/local/bin/redis-cli': link('valkey-cli') }
              : {}),
            '/usr/local/bin/docker-entrypoint.sh': script(entrypoint(`${name}-server`)),
            '/data': directory(0o755, { uid: 999, gid: 1000 }),
          },
        ),
    }
  );
}

export const redis: ImageDefinition = {
  repository: 'docker.io/library/redis',
  mirrors: ['public.ecr.aws/docker/library/redis', 'mirror.gcr.io/library/redis', 'registry.k8s.io/redis'],
  variant: (tag) => variantOf(tag, REDIS, 'redis'),
};

export const valkey: ImageDefinition = {
  repository: 'docker.io/valkey/valkey',
  mirrors: ['public.ecr.aws/valkey/valkey'],
  variant: (tag) => variantOf(tag, VALKEY, 'valkey'),
};
