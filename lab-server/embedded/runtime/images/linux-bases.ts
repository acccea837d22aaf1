// The bare Linux images: alpine, debian, ubuntu.
import { alpineBase, ALPINE_RELEASES } from './alpine-base.ts';
import { BOOKWORM, BULLSEYE, debianBase, TRIXIE, ubuntuBase, UBUNTU_RELEASES } from './debian-base.ts';
import type { ImageDefinition } from './image-definition.ts';
import { imageRoot } from './image-files.ts';
import { parseVersionTag } from './version-tags.ts';

export const alpine: ImageDefinition = {
  repository: 'docker.io/library/alpine',
  mirrors: ['public.ecr.aws/docker/library/alpine', 'mirror.gcr.io/library/alpine'],
  variant(tag) {
    const parsed = tag === 'edge' ? { version: '3.22.2' } : parseVersionTag(tag, { releases: ALPINE_RELEASES, latest: '3.22' });
    return (
      parsed && {
        entrypoint: [],
        command: ['/bin/sh'],
        sizeBytes: 3_800_000,
        identity: parsed.version,
        files: () => imageRoot(alpineBase({ release: { version: parsed.version } })),
      }
    );
  },
};

const DEBIAN_RELEASES = [TRIXIE, BOOKWORM, BULLSEYE];

export const debian: ImageDefinition = {
  repository: 'docker.io/library/debian',
  mirrors: ['public.ecr.aws/docker/library/debian', 'public.ecr.aws/debian/debian', 'mirror.gcr.io/library/debian'],
  variant(tag) {
    const name = tag
      .replace(/-slim$/, '')
      .replace(/^(latest|stable)$/, TRIXIE.codename)
      .replace(/^oldstable$/, BOOKWORM.codename);
    const release = DEBIAN_RELEASES.find((candidate) => [candidate.version, candidate.pointRelease, candidate.codename].includes(name));
    return (
      release && {
        entrypoint: [],
        command: ['bash'],
        sizeBytes: tag.endsWith('-slim') ? 29_000_000 : 49_000_000,
        identity: `${release.codename}${tag.endsWith('-slim') ? '-slim' : ''}`,
        files: () => imageRoot(debianBase(release, { commands: ['apt-get'] })),
      }
    );
  },
};

export const ubuntu: ImageDefinition = {
  repository: 'docker.io/library/ubuntu',
  mirrors: ['public.ecr.aws/docker/library/ubuntu', 'public.ecr.aws/ubuntu/ubuntu', 'mirror.gcr.io/library/ubuntu'],
  variant(tag) {
    const name = tag === 'latest' ? '24.04' : tag === 'rolling' ? '25.04' : tag;
    const release = UBUNTU_RELEASES.find((candidate) => candidate.version === name || candidate.codename === name);
    return (
      release && {
        entrypoint: [],
        command: ['/bin/bash'],
        sizeBytes: 29_700_000,
        identity: release.codename,
        files: () => imageRoot(ubuntuBase(release, ['apt-get'])),
      }
    );
  },
};
