// The images of the simulated machine: pulled from the catalogue with a delay, refused in a registry's words.
import type { Clock } from '../../../base/index.ts';
import type { DirectoryNode } from '../files/nodes.ts';
import { ImagePullError, type Image, type ImageStore } from '../runtime.ts';
import { findRepository, KNOWN_REGISTRIES, type ImageDefinition, type ImageVariant } from './catalogue.ts';
import { digestOf } from './digest.ts';
import { formatReference, parseReference, repositoryOf, type ImageReference } from './reference.ts';

interface Pulled {
  image: Image;
  variant: ImageVariant;
}

/** Root directories by digest; shared by every store of the process, since nobody changes them. */
const roots = new Map<string, DirectoryNode>();
/** What digests are of, as far as they were pulled by tag. */
const pulledVariants = new Map<string, ImageVariant>();

export class CatalogueImageStore implements ImageStore {
  readonly #clock: Clock;
  readonly #pullDelayMs: number;
  readonly #pulled = new Map<string, Pulled>();

  constructor(clock: Clock, pullDelayMs: number) {
    this.#clock = clock;
    this.#pullDelayMs = pullDelayMs;
  }

  async pull(reference: string, signal: AbortSignal): Promise<Image> {
    signal.throwIfAborted();
    const parsed = parseReference(reference);
    if (this.#pullDelayMs > 0) {
      await this.#clock.sleep(this.#pullDelayMs, signal);
    }
    const full = formatReference(parsed);
    const variant = lookUp(parsed, full);
    const image = imageOf(parsed, full, variant);
    this.#pulled.set(full, { image, variant });
    pulledVariants.set(image.digest, variant);
    return image;
  }

  present(reference: string): Image | undefined {
    try {
      return this.#pulled.get(formatReference(parseReference(reference)))?.image;
    } catch {
      return undefined;
    }
  }

  list(): readonly Image[] {
    return [...this.#pulled.values()].map((pulled) => pulled.image);
  }

  /** The root directory of an image that was pulled. */
  rootOf(reference: string): DirectoryNode {
    const pulled = this.#pulled.get(reference);
    if (!pulled) {
      throw new Error(`image ${reference} was not pulled`);
    }
    const { digest } = pulled.image;
    let root = roots.get(digest);
    if (!root) {
      root = pulled.variant.files();
      roots.set(digest, root);
    }
    return root;
  }
}

function lookUp(reference: ImageReference, full: string): ImageVariant {
  const repository = repositoryOf(reference);
  const definition = findRepository(repository);
  const failed = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `;
  if (!definition) {
    if (!KNOWN_REGISTRIES.has(reference.domain)) {
      const url = `https://${reference.domain}/v2/${reference.path}/manifests/${reference.digest ?? reference.tag ?? 'latest'}`;
      const host = reference.domain.replace(/:\d+$/, '');
      throw new ImagePullError('unreachable', full, `${failed}failed to do request: Head "${url}": dial tcp: lookup ${host}: no such host`);
    }
    throw new ImagePullError(
      'denied',
      full,
      `${failed}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    );
  }
  const variant =
    reference.digest === undefined
      ? definition.variant(reference.tag ?? 'latest')
      : variantOfDigest(definition, repository, reference.digest);
  if (!variant) {
    throw new ImagePullError('not-found', full, `${failed}${full}: not found`);
  }
  return variant;
}

/** Digests are only computed, so the tag that one came from is found by trying: those pulled before, then the usual ones. */
function variantOfDigest(definition: ImageDefinition, repository: string, digest: string): ImageVariant | undefined {
  const known = pulledVariants.get(`${repository}@${digest}`);
  if (known) {
    return known;
  }
  return ['latest', ...(definition.sampleTag === undefined ? [] : [definition.sampleTag]), ...(definition.usualTags ?? [])]
    .map((tag) => definition.variant(tag))
    .find((variant) => variant !== undefined && digestOf(repository, variant.identity) === digest);
}

function imageOf(reference: ImageReference, full: string, variant: ImageVariant): Image {
  const repository = repositoryOf(reference);
  return {
    reference: full,
    digest: `${repository}@${digestOf(repository, variant.identity)}`,
    sizeBytes: variant.sizeBytes,
    entrypoint: variant.entrypoint,
    command: variant.command,
    env: variant.env ?? {},
    workingDir: variant.workingDir ?? '/',
    user: variant.user ?? '',
    exposedPorts: variant.exposedPorts ?? [],
    stopSignal: variant.stopSignal ?? 'SIGTERM',
  };
}
