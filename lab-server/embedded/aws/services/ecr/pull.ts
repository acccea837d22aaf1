// A pull from ECR as a container runtime does it: who may, which image it is, and which image of the simulated machine runs for it.
import { AwsError } from '../../gateway/errors.ts';
import { ImagePullError } from '../../../runtime/runtime.ts';
import { CATALOGUE } from '../../../runtime/images/catalogue.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext, Principal } from '../service.ts';
import { findImage, putImage, saveImage } from './images.ts';
import { createRepository, imagesOf, repositoryArn } from './repositories.ts';
import { ecrTables, type Repository, type StoredImage } from './state.ts';

const REFERENCE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

export interface EcrReference {
  account: string;
  region: string;
  repository: string;
  tag: string | undefined;
  digest: string | undefined;
}

/** The parts of `123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1`; undefined for an image of another registry. */
export function ecrReference(image: string): EcrReference | undefined {
  const [, account, region, repository, tag, digest] = REFERENCE.exec(image) ?? [];
  return account === undefined || region === undefined || repository === undefined
    ? undefined
    : { account, region, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** What ECR gives for a reference. `source` is the image of the simulated machine that runs for it. */
export interface EcrPull {
  source: string;
  digest: string;
}

/**
 * Pulls as `principal`. Throws AwsError AccessDeniedException when it may not have a token, ImagePullError when the image is refused or missing, or when
 * no simulated image stands for it.
 */
export function pullFromEcr(image: string, reference: EcrReference, principal: Principal, context: AwsContext): EcrPull {
  const { account, region, repository: name } = reference;
  const refuse = (action: string, resource: string, resourcePolicy?: string): string | undefined =>
    context.refusal(principal, { action, resource, ...(resourcePolicy === undefined ? {} : { resourcePolicy }) }, { region });
  const noToken = refuse('ecr:GetAuthorizationToken', '*');
  if (noToken !== undefined) {
    throw new AwsError(
      'AccessDeniedException',
      `User: ${principal.arn} is not authorized to perform: ecr:GetAuthorizationToken on resource: * ${noToken}`,
    );
  }
  const scope = { account, region };
  const url = `https://${account}.dkr.ecr.${region}.amazonaws.com/v2/${name}/manifests/${reference.digest ?? reference.tag ?? ''}`;
  const known = ecrTables(context.tables).repositories.get(scopeKey(scope, name));
  for (const action of ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']) {
    if (refuse(action, repositoryArn(scope, name), known?.policyText) !== undefined) {
      throw new ImagePullError('denied', image, `unexpected status from HEAD request to ${url}: 403 Forbidden`);
    }
  }
  const call = { tables: context.tables, clock: context.clock, ...scope };
  const stored = known && findImage(imagesOf(known, call), { imageTag: reference.tag, imageDigest: reference.digest });
  const found = stored && known ? { repository: known, stored } : throughCache(reference, call);
  if (!found) {
    throw new ImagePullError('not-found', image, `${image}: not found`);
  }
  const source = sourceOf(found.stored, reference);
  if (source === undefined) {
    throw new ImagePullError('not-found', image, `${image}: no simulated image stands for it`);
  }
  saveImage({ ...found.stored, pulledAt: context.clock.now() }, found.repository, call);
  return { source, digest: found.stored.digest };
}

const BASE_NAME = 'org.opencontainers.image.base.name';

/**
 * The image of the simulated machine that an ECR image is run as: the one that its manifest names as its base (OCI annotation), else the one of the
 * repository's last name and the same tag, else that name's latest.
 */
function sourceOf(image: StoredImage, { repository, tag }: EcrReference): string | undefined {
  const { annotations } = JSON.parse(image.manifest) as { annotations?: Record<string, string> };
  const base = annotations?.[BASE_NAME];
  if (base !== undefined) {
    return base;
  }
  const name = repository.split('/').at(-1) ?? '';
  const definition = CATALOGUE.find((one) => one.repository.endsWith(`/${name}`));
  const found = [tag, ...image.tags, 'latest', definition?.sampleTag].find((one) => one !== undefined && definition?.variant(one));
  return definition && found !== undefined ? `${definition.repository}:${found}` : undefined;
}

type Records = Pick<AwsContext, 'tables' | 'clock'> & { account: string; region: string };

/** An image that a pull-through rule fetches from its upstream registry, with a repository for it. */
function throughCache(reference: EcrReference, call: Records): { repository: Repository; stored: StoredImage } | undefined {
  const rules = ecrTables(call.tables).pullThroughRules.list(`${scopeKey(call)}/`);
  const rule = rules.find(
    (one) => one.ecrRepositoryPrefix === 'ROOT' || reference.repository.startsWith(`${one.ecrRepositoryPrefix ?? ''}/`),
  );
  if (!rule) {
    return undefined;
  }
  const path =
    rule.ecrRepositoryPrefix === 'ROOT' ? reference.repository : reference.repository.slice((rule.ecrRepositoryPrefix?.length ?? 0) + 1);
  const host = (rule.upstreamRegistryUrl ?? '').replace(/^registry-1\.docker\.io$/, 'docker.io');
  const upstream = `${host}/${path}`;
  const definition = CATALOGUE.find((one) => one.repository === upstream || one.mirrors?.includes(upstream));
  if (!definition?.variant(reference.tag ?? 'latest')) {
    return undefined;
  }
  const repository =
    ecrTables(call.tables).repositories.get(scopeKey(call, reference.repository)) ??
    createRepository({ repositoryName: reference.repository }, call);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    annotations: { [BASE_NAME]: `${upstream}:${reference.tag ?? 'latest'}` },
  });
  return { repository, stored: putImage(repository, { manifest, tag: reference.tag }, call) };
}
