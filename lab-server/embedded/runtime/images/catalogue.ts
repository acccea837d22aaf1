// Every image there is. Adding one is a file beside this one and a line in the table.
import type { ImageDefinition, ImageVariant } from './image-definition.ts';
import { amazonEcsSample } from './amazon-ecs-sample.ts';
import { busybox } from './busybox.ts';
import { httpd } from './httpd.ts';
import { alpine, debian, ubuntu } from './linux-bases.ts';
import { nginx } from './nginx.ts';
import { postgres } from './postgres.ts';
import { redis, valkey } from './redis.ts';
import * as single from './single-programs.ts';

export const CATALOGUE: readonly ImageDefinition[] = [
  alpine,
  amazonEcsSample,
  busybox,
  debian,
  httpd,
  nginx,
  postgres,
  redis,
  ubuntu,
  valkey,
  ...Object.values(single),
];

const byRepository = new Map<string, ImageDefinition>();
for (const definition of CATALOGUE) {
  for (const repository of [definition.repository, ...(definition.mirrors ?? [])]) {
    byRepository.set(repository, definition);
  }
}

/** The image of a repository, by its full name. */
export function findRepository(repository: string): ImageDefinition | undefined {
  return byRepository.get(repository);
}

/** Registries that have no image for us but would answer (`denied`), as opposed to hosts that do not exist. */
export const KNOWN_REGISTRIES: ReadonlySet<string> = new Set([
  'docker.io',
  'gcr.io',
  'us-docker.pkg.dev',
  'mirror.gcr.io',
  'ghcr.io',
  'k8s.gcr.io',
  'mcr.microsoft.com',
  'public.ecr.aws',
  'quay.io',
  'registry.k8s.io',
]);

export type { ImageDefinition, ImageVariant };
