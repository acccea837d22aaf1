// postgres: a database with the wire protocol, psql, and data that a volume keeps.
import { alpineBase } from './alpine-base.ts';
import { BOOKWORM, debianBase } from './debian-base.ts';
import type { ImageDefinition } from './image-definition.ts';
import { binary, directory, imageRoot } from './image-files.ts';

/** Last minor release of each major version. */
const LAST_MINOR: Readonly<Record<string, number>> = { '11': 22, '12': 22, '13': 22, '14': 19, '15': 14, '16': 10, '17': 6, '18': 0 };
const NEWEST = '18';

export const postgres: ImageDefinition = {
  repository: 'docker.io/library/postgres',
  mirrors: ['public.ecr.aws/docker/library/postgres', 'mirror.gcr.io/library/postgres'],
  variant(tag) {
    const match = /^(latest|\d+(?:\.\d+)?)?-?((?:alpine(?:3\.\d+)?|bookworm|bullseye|trixie)?)$/.exec(tag);
    const [major = '', minor] = (match?.[1] === undefined || match[1] === 'latest' ? NEWEST : match[1]).split('.');
    const last = LAST_MINOR[major];
    if (!match || last === undefined || Number(minor ?? 0) > last) {
      return undefined;
    }
    const version = `${major}.${minor ?? last}`;
    const alpine = match[2]?.startsWith('alpine') ?? false;
    // From 18 on the image keeps its data one level deeper, so that a volume can be upgraded in place.
    const data = Number(major) >= 18 ? `/var/lib/postgresql/${major}/docker` : '/var/lib/postgresql/data';
    const account = 'postgres:x:999:999::/var/lib/postgresql:/bin/bash';
    return {
      entrypoint: ['docker-entrypoint.sh'],
      command: ['postgres'],
      env: {
        PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${major}/bin`,
        LANG: 'en_US.utf8',
        PG_MAJOR: major,
        PG_VERSION: `${version}-1.pgdg12+1`,
        PGDATA: data,
      },
      exposedPorts: [{ port: 5432, protocol: 'tcp' }],
      stopSignal: 'SIGINT',
      sizeBytes: alpine ? 109_000_000 : 156_000_000,
      identity: `${version}-${match[2] ?? ''}`,
      files: () =>
        imageRoot(
          alpine
            ? alpineBase({ accounts: [account], groups: ['postgres:x:999:'] })
            : debianBase(BOOKWORM, { accounts: [account], groups: ['postgres:x:999:'] }),
          {
            [`/usr/lib/postgresql/${major}/bin/postgres`]: binary('postgres'),
            '/usr/local/bin/docker-entrypoint.sh': binary('postgres-entrypoint'),
            '/usr/bin/psql': binary('psql'),
            '/usr/bin/pg_isready': binary('pg_isready'),
            '/docker-entrypoint-initdb.d': directory(),
            '/var/lib/postgresql': directory(0o755, { uid: 999, gid: 999 }),
            '/var/run/postgresql': directory(0o755, { uid: 999, gid: 999 }),
          },
        ),
    };
  },
};
