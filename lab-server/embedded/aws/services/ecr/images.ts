// Images of a repository: put by manifest, looked up by tag and digest, listed, deleted.
import { createHash } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecr';
import { z } from 'zod';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { matchesWildcard } from '../iam/evaluation/wildcards.ts';
import { imageNotFound, invalidParameter } from './errors.ts';
import { expireImages } from './lifecycle-run.ts';
import { imageKey, imagesOf, onRepository, registryOf, requireRepository } from './repositories.ts';
import { ecrTables, type Repository, type StoredImage } from './state.ts';

type ImageId = Timestamped<sdk.ImageIdentifier>;
type Failure = Timestamped<sdk.ImageFailure>;

const DEFAULT_PAGE = 100;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

const described = z.object({ digest: z.string().optional(), size: z.number().optional(), mediaType: z.string().optional() }).loose();
const manifestShape = z
  .object({
    mediaType: z.string().optional(),
    config: described.optional(),
    layers: z.array(described).optional(),
    manifests: z.array(described).optional(),
  })
  .loose();

export function imageIdOf(image: StoredImage, tag?: string): ImageId {
  return { imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) };
}

/** The image that an identifier means; undefined when there is none, or its digest and its tag are of two. */
export function findImage(images: readonly StoredImage[], { imageDigest, imageTag }: ImageId): StoredImage | undefined {
  return images.find(
    (image) =>
      (imageDigest === undefined || image.digest === imageDigest) &&
      (imageTag === undefined || image.tags.includes(imageTag)) &&
      (imageDigest !== undefined || imageTag !== undefined),
  );
}

export function saveImage(image: StoredImage, repository: Repository, call: Pick<Call, 'tables' | 'region'>): void {
  const scope = { account: repository.registryId ?? '', region: call.region };
  ecrTables(call.tables).images.put(imageKey(scope, repository.repositoryName ?? '', image.digest), image);
}

/** Whether a tag of a repository must stay on its image. */
function isImmutable(repository: Repository, tag: string): boolean {
  const isExcluded = (repository.imageTagMutabilityExclusionFilters ?? []).some(({ filter = '' }) => matchesWildcard(filter, tag));
  switch (repository.imageTagMutability) {
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !isExcluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return isExcluded;
    default:
      return false;
  }
}

/** Puts an image on record and moves its tag to it. Throws ImageAlreadyExists, ImageTagAlreadyExists, ImageDigestDoesNotMatch. */
export function putImage(
  repository: Repository,
  wanted: { manifest: string; mediaType?: string; tag?: string; digest?: string },
  call: Pick<Call, 'tables' | 'clock' | 'region'>,
): StoredImage {
  const { repositoryName = '', registryId = '' } = repository;
  const manifest = manifestOf(wanted.manifest);
  const mediaType = wanted.mediaType ?? manifest.mediaType;
  if (mediaType === undefined) {
    throw new AwsError('InvalidParameterException', 'image manifest mediatype not provided in manifest or parameter');
  }
  const digest = wanted.digest ?? `sha256:${createHash('sha256').update(wanted.manifest).digest('hex')}`;
  const images = imagesOf(repository, call);
  const known = images.find((image) => image.digest === digest);
  const holder = wanted.tag === undefined ? undefined : images.find((image) => image.tags.includes(wanted.tag ?? ''));
  const named = `in the repository with name '${repositoryName}' in registry with id '${registryId}'`;
  if (known && (wanted.tag === undefined || known === holder)) {
    const tagged = wanted.tag === undefined ? '' : ` and tag '${wanted.tag}'`;
    throw new AwsError('ImageAlreadyExistsException', `Image with digest '${digest}'${tagged} already exists ${named}`);
  }
  if (holder && isImmutable(repository, wanted.tag ?? '')) {
    throw new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${wanted.tag ?? ''}' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
    );
  }
  if (holder) {
    saveImage({ ...holder, tags: holder.tags.filter((tag) => tag !== wanted.tag) }, repository, call);
  }
  const image: StoredImage = {
    ...(known ?? {
      repositoryName,
      digest,
      manifest: wanted.manifest,
      mediaType,
      ...(manifest.config?.mediaType === undefined ? {} : { artifactMediaType: manifest.config.mediaType }),
      sizeBytes: sizeOf(manifest, images),
      tags: [],
    }),
    tags: [...(known?.tags ?? []), ...(wanted.tag === undefined ? [] : [wanted.tag])],
    pushedAt: call.clock.now(),
    ...(repository.imageScanningConfiguration?.scanOnPush ? { scannedAt: call.clock.now() } : {}),
  };
  saveImage(image, repository, call);
  expireImages(repository, call);
  return image;
}

/** Bytes of configuration and layers, or of the images that a list names. */
function sizeOf(manifest: z.infer<typeof manifestShape>, images: readonly StoredImage[]): number {
  const parts = [manifest.config, ...(manifest.layers ?? [])].reduce((sum, part) => sum + (part?.size ?? 0), 0);
  const listed = (manifest.manifests ?? []).reduce(
    (sum, one) => sum + (images.find((image) => image.digest === one.digest)?.sizeBytes ?? 0),
    0,
  );
  return parts + listed;
}

function manifestOf(text: string): z.infer<typeof manifestShape> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = manifestShape.safeParse(json);
  if (!parsed.success) {
    throw invalidParameter('imageManifest', 'Invalid JSON syntax');
  }
  return parsed.data;
}

function put(input: Timestamped<sdk.PutImageRequest>, call: Call): Timestamped<Omit<sdk.PutImageResponse, '$metadata'>> {
  const repository = requireRepository(input, call);
  const computed = `sha256:${createHash('sha256')
    .update(input.imageManifest ?? '')
    .digest('hex')}`;
  if (input.imageDigest !== undefined && input.imageDigest !== computed && !call.takesPlaceholders) {
    throw new AwsError(
      'ImageDigestDoesNotMatchException',
      `The digest of the image manifest '${computed}' does not match the given digest '${input.imageDigest}'.`,
    );
  }
  const image = putImage(
    repository,
    { manifest: input.imageManifest ?? '', mediaType: input.imageManifestMediaType, tag: input.imageTag, digest: input.imageDigest },
    call,
  );
  return { image: shownImage(image, repository, input.imageTag) };
}

function shownImage(image: StoredImage, repository: Repository, tag: string | undefined): Timestamped<sdk.Image> {
  return {
    registryId: repository.registryId,
    repositoryName: repository.repositoryName,
    imageId: imageIdOf(image, tag),
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

function notFound(imageId: ImageId): Failure {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}

/** What is wrong with an identifier by itself, for the actions that answer many at once. */
function misfit({ imageDigest, imageTag, ...rest }: ImageId): Failure | undefined {
  const imageId = { imageDigest, imageTag, ...rest };
  if (imageDigest === undefined && imageTag === undefined) {
    return { imageId, failureCode: 'MissingDigestAndTag', failureReason: 'Invalid request parameters: both tag and digest cannot be null' };
  }
  if (imageDigest !== undefined && !DIGEST.test(imageDigest)) {
    return {
      imageId,
      failureCode: 'InvalidImageDigest',
      failureReason: String.raw`Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'`,
    };
  }
  return undefined;
}

function batchGet(input: Timestamped<sdk.BatchGetImageRequest>, call: Call): Timestamped<Omit<sdk.BatchGetImageResponse, '$metadata'>> {
  const repository = requireRepository(input, call);
  const stored = imagesOf(repository, call);
  const images: Timestamped<sdk.Image>[] = [];
  const failures: Failure[] = [];
  for (const id of input.imageIds ?? []) {
    const image = misfit(id) ? undefined : findImage(stored, id);
    if (image) {
      saveImage({ ...image, pulledAt: call.clock.now() }, repository, call);
      images.push(shownImage(image, repository, id.imageTag));
    } else {
      failures.push(misfit(id) ?? notFound(id));
    }
  }
  return { images, failures };
}

function batchDelete(
  input: Timestamped<sdk.BatchDeleteImageRequest>,
  call: Call,
): Timestamped<Omit<sdk.BatchDeleteImageResponse, '$metadata'>> {
  const repository = requireRepository(input, call);
  const imageIds: ImageId[] = [];
  const failures: Failure[] = [];
  for (const id of input.imageIds ?? []) {
    const stored = imagesOf(repository, call);
    const image = misfit(id) ? undefined : findImage(stored, id);
    if (!image) {
      const isMismatch = !misfit(id) && id.imageDigest !== undefined && id.imageTag !== undefined;
      failures.push(
        misfit(id) ??
          (isMismatch && stored.some((one) => one.digest === id.imageDigest)
            ? {
                imageId: id,
                failureCode: 'ImageTagDoesNotMatchDigest',
                failureReason: `The given tag '${id.imageTag}' does not match the given digest.`,
              }
            : notFound(id)),
      );
      continue;
    }
    const left = id.imageDigest === undefined ? image.tags.filter((tag) => tag !== id.imageTag) : [];
    const key = imageKey(registryOf(input, call), repository.repositoryName ?? '', image.digest);
    if (left.length > 0) {
      saveImage({ ...image, tags: left }, repository, call);
    } else {
      ecrTables(call.tables).images.delete(key);
    }
    // By its digest, an image goes with all its tags.
    const gone = id.imageDigest !== undefined && id.imageTag === undefined && image.tags.length > 0 ? image.tags : [id.imageTag];
    imageIds.push(...gone.map((tag) => imageIdOf(image, tag)));
  }
  return { imageIds, failures };
}

function detailOf(image: StoredImage, repository: Repository): Timestamped<sdk.ImageDetail> {
  return {
    registryId: repository.registryId,
    repositoryName: repository.repositoryName,
    imageDigest: image.digest,
    ...(image.tags.length > 0 ? { imageTags: image.tags } : {}),
    ...(image.sizeBytes > 0 ? { imageSizeInBytes: image.sizeBytes } : {}),
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: image.mediaType,
    ...(image.artifactMediaType === undefined ? {} : { artifactMediaType: image.artifactMediaType }),
    ...(image.pulledAt === undefined ? {} : { lastRecordedPullTime: image.pulledAt }),
    ...(image.scannedAt === undefined
      ? {}
      : {
          imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
          imageScanFindingsSummary: {
            imageScanCompletedAt: image.scannedAt,
            vulnerabilitySourceUpdatedAt: image.scannedAt,
            findingSeverityCounts: {},
          },
        }),
  };
}

function describe(input: Timestamped<sdk.DescribeImagesRequest>, call: Call): Timestamped<Omit<sdk.DescribeImagesResponse, '$metadata'>> {
  const repository = requireRepository(input, call);
  const stored = imagesOf(repository, call);
  if (input.imageIds?.length) {
    const named = input.imageIds.map((id) => {
      const image = findImage(stored, id);
      if (!image) {
        throw imageNotFound(id, repository.repositoryName ?? '', repository.registryId ?? '');
      }
      return image;
    });
    return { imageDetails: [...new Set(named)].map((image) => detailOf(image, repository)) };
  }
  const wanted = stored.filter((image) => hasStatus(image, input.filter?.tagStatus));
  const page = pageOf(wanted, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
  return { imageDetails: page.items.map((image) => detailOf(image, repository)), nextToken: page.nextToken };
}

function hasStatus(image: StoredImage, tagStatus: string | undefined): boolean {
  return tagStatus === undefined || tagStatus === 'ANY' || (tagStatus === 'TAGGED') === image.tags.length > 0;
}

function list(input: Timestamped<sdk.ListImagesRequest>, call: Call): Timestamped<Omit<sdk.ListImagesResponse, '$metadata'>> {
  const repository = requireRepository(input, call);
  const ids = imagesOf(repository, call)
    .filter((image) => hasStatus(image, input.filter?.tagStatus))
    .flatMap((image) => (image.tags.length > 0 ? image.tags.map((tag) => imageIdOf(image, tag)) : [imageIdOf(image)]));
  const page = pageOf(ids, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
  return { imageIds: page.items, nextToken: page.nextToken };
}

export const imageOperations: Readonly<Record<string, Operation>> = {
  PutImage: operation<sdk.PutImageRequest, sdk.PutImageResponse>({ authorize: onRepository('PutImage'), handle: put }),
  BatchGetImage: operation<sdk.BatchGetImageRequest, sdk.BatchGetImageResponse>({
    authorize: onRepository('BatchGetImage'),
    handle: batchGet,
  }),
  BatchDeleteImage: operation<sdk.BatchDeleteImageRequest, sdk.BatchDeleteImageResponse>({
    authorize: onRepository('BatchDeleteImage'),
    handle: batchDelete,
  }),
  DescribeImages: operation<sdk.DescribeImagesRequest, sdk.DescribeImagesResponse>({
    authorize: onRepository('DescribeImages'),
    handle: describe,
  }),
  ListImages: operation<sdk.ListImagesRequest, sdk.ListImagesResponse>({ authorize: onRepository('ListImages'), handle: list }),
};
