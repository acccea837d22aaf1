// Repositories: made, described, deleted, and their settings.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { parseArn, scopeKey, type Scope } from '../scope.ts';
import { operation, type Authorization, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidParameter, repositoryNotFound } from './errors.ts';
import { ecrTables, type Repository, type StoredImage } from './state.ts';

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const LONGEST_NAME = 256;
const DEFAULT_PAGE = 100;
const MUTABILITIES = ['IMMUTABLE', 'MUTABLE', 'MUTABLE_WITH_EXCLUSION', 'IMMUTABLE_WITH_EXCLUSION'];

/** The registry that a request means: its account's, in the endpoint's region. */
export function registryOf(input: { registryId?: string }, call: Scope): Scope {
  return { account: input.registryId ?? call.account, region: call.region };
}

/** The repository of that name. Throws RepositoryNotFoundException. */
export function requireRepository(input: { repositoryName?: string; registryId?: string }, call: Call): Repository {
  const scope = registryOf(input, call);
  const repository = ecrTables(call.tables).repositories.get(scopeKey(scope, input.repositoryName ?? ''));
  if (!repository) {
    throw repositoryNotFound(input.repositoryName ?? '', scope.account);
  }
  return repository;
}

/** Names hold slashes, so the list of one repository's images ends its prefix with a mark that no name has. */
export function imageKey(scope: Scope, repositoryName: string, digest = ''): string {
  return scopeKey(scope, `${repositoryName}@${digest}`);
}

export function imagesOf(repository: Repository, call: Pick<Call, 'tables' | 'region'>): StoredImage[] {
  const scope = { account: repository.registryId ?? '', region: call.region };
  return ecrTables(call.tables)
    .images.list(imageKey(scope, repository.repositoryName ?? ''))
    .toSorted((left, right) => left.pushedAt - right.pushedAt);
}

export function saveRepository(repository: Repository, call: Pick<Call, 'tables' | 'region'>): Repository {
  const scope = { account: repository.registryId ?? '', region: call.region };
  ecrTables(call.tables).repositories.put(scopeKey(scope, repository.repositoryName ?? ''), repository);
  return repository;
}

export function shownRepository({
  tags: _tags,
  policyText: _policy,
  lifecycle: _lifecycle,
  preview: _preview,
  ...repository
}: Repository): Timestamped<sdk.Repository> {
  return repository;
}

export function repositoryArn(scope: Scope, name: string): string {
  return `arn:aws:ecr:${scope.region}:${scope.account}:repository/${name}`;
}

/** What an action on one repository asks for: by the caller's policies and by the repository's own. */
export const onRepository =
  (...actions: readonly string[]) =>
  (input: { repositoryName?: string; registryId?: string }, call: Call): Authorization[] => {
    const scope = registryOf(input, call);
    const repository = ecrTables(call.tables).repositories.get(scopeKey(scope, input.repositoryName ?? ''));
    return actions.map((action) => ({
      action: `ecr:${action}`,
      resource: repositoryArn(scope, input.repositoryName ?? ''),
      ...(repository?.policyText === undefined ? {} : { resourcePolicy: repository.policyText }),
      resourceTags: Object.fromEntries((repository?.tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    }));
  };

export function checkRepositoryName(name: string): void {
  if (!NAME.test(name) || name.length < 2 || name.length > LONGEST_NAME) {
    throw invalidParameter(
      'repositoryName',
      String.raw`must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'`,
    );
  }
}

export function checkMutability(value: string | undefined, filters?: readonly Timestamped<sdk.ImageTagMutabilityExclusionFilter>[]): void {
  if (value !== undefined && !MUTABILITIES.includes(value)) {
    throw invalidParameter('imageTagMutability', `Member must satisfy enum value set: [${MUTABILITIES.join(', ')}]`);
  }
  for (const { filter = '', filterType } of filters ?? []) {
    if (filterType !== 'WILDCARD' || !/^[0-9a-zA-Z._*-]{1,128}$/.test(filter)) {
      throw invalidParameter('imageTagMutabilityExclusionFilters', 'Member must satisfy enum value set: [WILDCARD]');
    }
  }
}

function encryptionOf(input: Timestamped<sdk.EncryptionConfiguration> | undefined, scope: Scope): Timestamped<sdk.EncryptionConfiguration> {
  const type = input?.encryptionType ?? 'AES256';
  return type === 'AES256'
    ? { encryptionType: type }
    : { encryptionType: type, kmsKey: input?.kmsKey ?? `arn:aws:kms:${scope.region}:${scope.account}:key/${randomUUID()}` };
}

/** Puts a new repository on record. Throws RepositoryAlreadyExistsException. */
export function createRepository(
  input: Timestamped<sdk.CreateRepositoryRequest>,
  call: Pick<Call, 'tables' | 'clock' | 'account' | 'region'>,
): Repository {
  const name = input.repositoryName ?? '';
  checkRepositoryName(name);
  checkMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
  const scope = registryOf(input, call);
  if (ecrTables(call.tables).repositories.has(scopeKey(scope, name))) {
    throw new AwsError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${scope.account}'`,
    );
  }
  return saveRepository(
    {
      repositoryArn: repositoryArn(scope, name),
      registryId: scope.account,
      repositoryName: name,
      repositoryUri: `${scope.account}.dkr.ecr.${scope.region}.amazonaws.com/${name}`,
      createdAt: call.clock.now(),
      imageTagMutability: input.imageTagMutability ?? 'MUTABLE',
      ...(input.imageTagMutabilityExclusionFilters ? { imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters } : {}),
      imageScanningConfiguration: { scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false },
      encryptionConfiguration: encryptionOf(input.encryptionConfiguration, scope),
      tags: input.tags ?? [],
    },
    call,
  );
}

function describe(
  input: Timestamped<sdk.DescribeRepositoriesRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeRepositoriesResponse, '$metadata'>> {
  if (input.repositoryNames?.length) {
    const named = input.repositoryNames.map((repositoryName) => requireRepository({ repositoryName, registryId: input.registryId }, call));
    return { repositories: named.map(shownRepository) };
  }
  const all = ecrTables(call.tables)
    .repositories.list(`${scopeKey(registryOf(input, call))}/`)
    .map(shownRepository);
  const page = pageOf(all, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
  return { repositories: page.items, nextToken: page.nextToken };
}

function remove(input: Timestamped<sdk.DeleteRepositoryRequest>, call: Call): { repository: Timestamped<sdk.Repository> } {
  const repository = requireRepository(input, call);
  const images = imagesOf(repository, call);
  const scope = registryOf(input, call);
  if (images.length > 0 && !input.force) {
    throw new AwsError(
      'RepositoryNotEmptyException',
      `The repository with name '${repository.repositoryName ?? ''}' in registry with id '${scope.account}' cannot be deleted because it still contains images`,
    );
  }
  const tables = ecrTables(call.tables);
  for (const image of images) {
    tables.images.delete(imageKey(scope, repository.repositoryName ?? '', image.digest));
  }
  tables.repositories.delete(scopeKey(scope, repository.repositoryName ?? ''));
  return { repository: shownRepository(repository) };
}

/** The repository of an ARN. Throws InvalidParameterException or RepositoryNotFoundException. */
function repositoryOfArn(arn: string | undefined, call: Call): Repository {
  const parsed = parseArn(arn ?? '');
  if (parsed?.service !== 'ecr' || !parsed.resource.startsWith('repository/')) {
    throw invalidParameter('resourceArn', 'Invalid ARN');
  }
  return requireRepository({ repositoryName: parsed.resource.replace(/^repository\//, ''), registryId: parsed.account }, call);
}

const onArn =
  (action: string) =>
  (input: { resourceArn?: string }): Authorization[] => [{ action: `ecr:${action}`, resource: input.resourceArn ?? '*' }];

export const repositoryOperations: Readonly<Record<string, Operation>> = {
  CreateRepository: operation<sdk.CreateRepositoryRequest, sdk.CreateRepositoryResponse>({
    authorize: onRepository('CreateRepository'),
    handle: (input, call) => ({ repository: shownRepository(createRepository(input, call)) }),
  }),
  DescribeRepositories: operation<sdk.DescribeRepositoriesRequest, sdk.DescribeRepositoriesResponse>({ handle: describe }),
  DeleteRepository: operation<sdk.DeleteRepositoryRequest, sdk.DeleteRepositoryResponse>({
    authorize: onRepository('DeleteRepository'),
    handle: remove,
  }),
  PutImageTagMutability: operation<sdk.PutImageTagMutabilityRequest, sdk.PutImageTagMutabilityResponse>({
    authorize: onRepository('PutImageTagMutability'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      checkMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
      saveRepository(
        {
          ...repository,
          imageTagMutability: input.imageTagMutability,
          imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters,
        },
        call,
      );
      return {
        registryId: repository.registryId,
        repositoryName: repository.repositoryName,
        imageTagMutability: input.imageTagMutability,
        imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters,
      };
    },
  }),
  PutImageScanningConfiguration: operation<sdk.PutImageScanningConfigurationRequest, sdk.PutImageScanningConfigurationResponse>({
    authorize: onRepository('PutImageScanningConfiguration'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      const imageScanningConfiguration = { scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false };
      saveRepository({ ...repository, imageScanningConfiguration }, call);
      return { registryId: repository.registryId, repositoryName: repository.repositoryName, imageScanningConfiguration };
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
    authorize: onArn('ListTagsForResource'),
    handle: (input, call) => ({ tags: repositoryOfArn(input.resourceArn, call).tags }),
  }),
  TagResource: operation<sdk.TagResourceRequest, object>({
    authorize: onArn('TagResource'),
    handle: (input, call) => {
      const repository = repositoryOfArn(input.resourceArn, call);
      const byKey = new Map([...repository.tags, ...(input.tags ?? [])].map((tag) => [tag.Key, tag]));
      saveRepository({ ...repository, tags: [...byKey.values()] }, call);
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceRequest, object>({
    authorize: onArn('UntagResource'),
    handle: (input, call) => {
      const repository = repositoryOfArn(input.resourceArn, call);
      saveRepository({ ...repository, tags: repository.tags.filter((tag) => !input.tagKeys?.includes(tag.Key ?? '')) }, call);
      return {};
    },
  }),
};
