// `ecs-cli images`: the images of a repository, or of all of them.
import type { ImageDetail } from '@aws-sdk/client-ecr';
import { loadEcr, type Ecr } from '../aws.ts';
import { resolveSettings, type ConnectionFlags } from '../config/settings.ts';
import { CliFailure } from '../failure.ts';
import { print, wideTable } from '../output.ts';

export interface ImagesFlags extends ConnectionFlags {
  tagged?: boolean;
  untagged?: boolean;
  registryId?: string;
}

const COLUMNS = ['REPOSITORY NAME', 'TAG', 'IMAGE DIGEST', 'PUSHED AT', 'SIZE'];
const NO_TAG = '<none>';

export async function images(flags: ImagesFlags, repository?: string): Promise<void> {
  if (flags.tagged && flags.untagged) {
    throw new CliFailure('ECS_CLI_FLAGS_CONFLICT', '--tagged and --untagged leave nothing together: give one of them.');
  }
  const ecr = await loadEcr(resolveSettings(flags));
  const names = repository === undefined ? await repositories(ecr, flags.registryId) : [repository.replace(/:.*$/, '')];
  const rows: string[][] = [];
  for (const name of names) {
    for await (const detail of imagesOf(ecr, name, flags)) {
      rows.push(...rowsOf(detail));
    }
  }
  print(wideTable(COLUMNS, rows));
}

async function repositories({ sdk, client }: Ecr, registryId: string | undefined): Promise<string[]> {
  const names: string[] = [];
  for await (const page of sdk.paginateDescribeRepositories({ client }, registryId === undefined ? {} : { registryId })) {
    names.push(...(page.repositories ?? []).flatMap(({ repositoryName }) => repositoryName ?? []));
  }
  return names;
}

async function* imagesOf({ sdk, client }: Ecr, repositoryName: string, flags: ImagesFlags): AsyncGenerator<ImageDetail> {
  const tagStatus = flags.tagged ? 'TAGGED' : flags.untagged ? 'UNTAGGED' : undefined;
  const input = {
    repositoryName,
    ...(flags.registryId === undefined ? {} : { registryId: flags.registryId }),
    ...(tagStatus === undefined ? {} : { filter: { tagStatus } as const }),
  };
  for await (const page of sdk.paginateDescribeImages({ client }, input)) {
    yield* page.imageDetails ?? [];
  }
}

/** One row for each tag. */
function rowsOf({ repositoryName = '', imageTags, imageDigest = '', imagePushedAt, imageSizeInBytes }: ImageDetail): string[][] {
  const tags = imageTags && imageTags.length > 0 ? imageTags : [NO_TAG];
  return tags.map((tag) => [repositoryName, tag, imageDigest, imagePushedAt ? since(imagePushedAt) : '', size(imageSizeInBytes ?? 0)]);
}

/** `3 weeks ago`, as Docker says it. */
function since(time: Date): string {
  const seconds = Math.max(0, (Date.now() - time.getTime()) / 1000);
  const units = [
    [60, 'second'],
    [60, 'minute'],
    [24, 'hour'],
    [7, 'day'],
    [4.35, 'week'],
    [12, 'month'],
    [Number.POSITIVE_INFINITY, 'year'],
  ] as const;
  let value = seconds;
  for (const [next, unit] of units) {
    if (value < next) {
      const whole = Math.max(1, Math.floor(value));
      return `${whole} ${unit}${whole === 1 ? '' : 's'} ago`;
    }
    value /= next;
  }
  return '';
}

/** Decimal units, as Docker has them. */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${Number(value.toPrecision(3))} ${units[at]}`;
}
