// AWS Systems Manager, the Parameter Store half.
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type ServiceDefinition, type Timestamped } from '../service.ts';
import { label, unlabel } from './labels.ts';
import { checkParameterFilters, checkPath, isBelow, matchesFilter } from './parameter-filters.ts';
import {
  arnOf,
  findParameter,
  invalidToken,
  keyOf,
  notFound,
  parameters,
  policiesOf,
  requireParameter,
  select,
  shown,
  validation,
  valueOf,
  type Parameter,
} from './parameter.ts';
import { publicParametersUnder } from './public-parameters.ts';
import { put } from './put-parameter.ts';
import { isSecretReference, secretParameter } from './secret-reference.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const PATH_PAGE = 10;
const LIST_PAGE = 50;
const MAX_NAMES = 10;

async function getOne(input: Timestamped<sdk.GetParameterRequest>, call: Call): Promise<Answer<sdk.GetParameterResult>> {
  const name = input.Name ?? '';
  if (isSecretReference(name)) {
    return { Parameter: await secretParameter(name, input.WithDecryption === true, call) };
  }
  const selected = select(name, call);
  if (!selected) {
    throw notFound(name);
  }
  return { Parameter: shown(selected, input.WithDecryption === true, call) };
}

async function getMany(input: Timestamped<sdk.GetParametersRequest>, call: Call): Promise<Answer<sdk.GetParametersResult>> {
  const names = [...new Set(input.Names ?? [])];
  if (names.length > MAX_NAMES) {
    throw validation(
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${MAX_NAMES}.`,
    );
  }
  const found: Timestamped<sdk.Parameter>[] = [];
  const invalid: string[] = [];
  for (const name of names) {
    try {
      const { Parameter: one } = await getOne({ Name: name, WithDecryption: input.WithDecryption }, call);
      found.push(one ?? {});
    } catch (error) {
      if (!(error instanceof AwsError) || !error.code.startsWith('Parameter')) {
        throw error;
      }
      invalid.push(name);
    }
  }
  return { Parameters: found, InvalidParameters: invalid };
}

/** Throws ValidationException when a page is wanted that is larger than `most`. */
function checkPage(maxResults: number | undefined, most: number): void {
  if (maxResults !== undefined && maxResults > most) {
    throw validation(
      `1 validation error detected: Value '${maxResults}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${most}.`,
    );
  }
}

function byPath(input: Timestamped<sdk.GetParametersByPathRequest>, call: Call): Answer<sdk.GetParametersByPathResult> {
  const path = input.Path ?? '/';
  const filters = input.ParameterFilters ?? [];
  checkParameterFilters(filters, true);
  if (input.MaxResults !== undefined && input.MaxResults > PATH_PAGE) {
    throw validation(
      `1 validation error detected: Value ${input.MaxResults} at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${PATH_PAGE}`,
    );
  }
  const isPublic = path.startsWith('/aws/');
  if (!isPublic) {
    checkPath(path);
  }
  const candidates = isPublic ? publicParametersUnder(path, call) : parameters(call).list(`${scopeKey(call)}/`);
  const matching = candidates.filter(
    (parameter) => isBelow(parameter.name, path, input.Recursive ?? false) && filters.every((filter) => matchesFilter(parameter, filter)),
  );
  const page = pageOf(matching, input.NextToken, input.MaxResults ?? PATH_PAGE, invalidToken);
  return {
    Parameters: page.items.flatMap((parameter) => {
      const revision = parameter.revisions.at(-1);
      return revision ? [shown({ parameter, revision }, input.WithDecryption === true, call)] : [];
    }),
    NextToken: page.nextToken,
  };
}

function describe(input: Timestamped<sdk.DescribeParametersRequest>, call: Call): Answer<sdk.DescribeParametersResult> {
  if (input.Filters?.length && input.ParameterFilters?.length) {
    throw validation('You can use either Filters or ParameterFilters in a single request.');
  }
  checkParameterFilters(input.ParameterFilters ?? [], false);
  checkPage(input.MaxResults, LIST_PAGE);
  const filters = [
    ...(input.ParameterFilters ?? []),
    ...(input.Filters ?? []).map((filter) => ({
      Key: filter.Key,
      Option: filter.Key === 'Name' ? 'BeginsWith' : 'Equals',
      Values: filter.Values,
    })),
  ];
  const matching = parameters(call)
    .list(`${scopeKey(call)}/`)
    .filter((parameter) => filters.every((filter) => matchesFilter(parameter, filter)));
  const page = pageOf(matching, input.NextToken, input.MaxResults ?? PATH_PAGE, invalidToken);
  return { Parameters: page.items.map((parameter) => metadataOf(parameter, call)), NextToken: page.nextToken };
}

function metadataOf(parameter: Parameter, call: Call): Timestamped<sdk.ParameterMetadata> {
  const revision = parameter.revisions.at(-1);
  return {
    Name: parameter.name,
    ARN: arnOf(call, parameter.name),
    Type: parameter.type,
    KeyId: parameter.keyId,
    LastModifiedDate: revision?.lastModifiedDate,
    LastModifiedUser: revision?.lastModifiedUser,
    Description: revision?.description,
    AllowedPattern: parameter.allowedPattern,
    Version: revision?.version,
    Tier: parameter.tier,
    Policies: parameter.policies === undefined ? [] : policiesOf(parameter),
    DataType: parameter.dataType,
  };
}

function history(input: Timestamped<sdk.GetParameterHistoryRequest>, call: Call): Answer<sdk.GetParameterHistoryResult> {
  checkPage(input.MaxResults, LIST_PAGE);
  const parameter = requireParameter(input.Name, call);
  const page = pageOf(parameter.revisions, input.NextToken, input.MaxResults ?? LIST_PAGE, invalidToken);
  return {
    Parameters: page.items.map((revision) => ({
      Name: parameter.name,
      Type: parameter.type,
      KeyId: parameter.keyId,
      LastModifiedDate: revision.lastModifiedDate,
      LastModifiedUser: revision.lastModifiedUser,
      Description: revision.description,
      Value: valueOf(parameter, revision, input.WithDecryption === true),
      AllowedPattern: parameter.allowedPattern,
      Version: revision.version,
      Labels: revision.labels,
      Tier: parameter.tier,
      Policies: policiesOf(parameter) ?? [],
      DataType: parameter.dataType,
    })),
    NextToken: page.nextToken,
  };
}

function requireTagged(input: { ResourceType?: string; ResourceId?: string }, call: Call): Parameter {
  if (input.ResourceType !== 'Parameter') {
    throw new AwsError('InvalidResourceType', 'The resource type is not valid. The embedded endpoint has the resource type Parameter.');
  }
  const parameter = findParameter(input.ResourceId, call);
  if (!parameter) {
    throw new AwsError('InvalidResourceId', 'The resource ID is not valid. Verify that you entered the correct ID and try again.');
  }
  return parameter;
}

function forget(name: string, call: Call): boolean {
  const parameter = findParameter(name, call);
  return parameter !== undefined && parameters(call).delete(keyOf(call, parameter.name));
}

const onNames = (action: string) => (input: { Name?: string; Names?: string[]; Path?: string }, call: Call) =>
  (input.Names ?? [input.Name ?? input.Path ?? '*']).map((name) => ({
    action: `ssm:${action}`,
    resource: name.startsWith('arn:') ? name : arnOf(call, name.split(':')[0] ?? name),
  }));

export const ssm: ServiceDefinition = {
  name: 'ssm',
  operations: {
    PutParameter: operation<sdk.PutParameterRequest, sdk.PutParameterResult>({ authorize: onNames('PutParameter'), handle: put }),
    GetParameter: operation<sdk.GetParameterRequest, sdk.GetParameterResult>({ authorize: onNames('GetParameter'), handle: getOne }),
    GetParameters: operation<sdk.GetParametersRequest, sdk.GetParametersResult>({ authorize: onNames('GetParameters'), handle: getMany }),
    GetParametersByPath: operation<sdk.GetParametersByPathRequest, sdk.GetParametersByPathResult>({
      authorize: onNames('GetParametersByPath'),
      handle: byPath,
    }),
    GetParameterHistory: operation<sdk.GetParameterHistoryRequest, sdk.GetParameterHistoryResult>({
      authorize: onNames('GetParameterHistory'),
      handle: history,
    }),
    DescribeParameters: operation<sdk.DescribeParametersRequest, sdk.DescribeParametersResult>({ handle: describe }),
    LabelParameterVersion: operation<sdk.LabelParameterVersionRequest, sdk.LabelParameterVersionResult>({
      authorize: onNames('LabelParameterVersion'),
      handle: label,
    }),
    UnlabelParameterVersion: operation<sdk.UnlabelParameterVersionRequest, sdk.UnlabelParameterVersionResult>({
      authorize: onNames('UnlabelParameterVersion'),
      handle: unlabel,
    }),
    DeleteParameter: operation<sdk.DeleteParameterRequest, sdk.DeleteParameterResult>({
      authorize: onNames('DeleteParameter'),
      handle: (input, call) => {
        if (!forget(input.Name ?? '', call)) {
          throw notFound(input.Name ?? '');
        }
        return {};
      },
    }),
    DeleteParameters: operation<sdk.DeleteParametersRequest, sdk.DeleteParametersResult>({
      authorize: onNames('DeleteParameters'),
      handle: (input, call) => {
        const names = input.Names ?? [];
        const deleted = names.filter((name) => forget(name, call));
        return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
      },
    }),
    AddTagsToResource: operation<sdk.AddTagsToResourceRequest, sdk.AddTagsToResourceResult>({
      handle: (input, call) => {
        const parameter = requireTagged(input, call);
        const added = Object.fromEntries((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
        parameters(call).put(keyOf(call, parameter.name), { ...parameter, tags: { ...parameter.tags, ...added } });
        return {};
      },
    }),
    RemoveTagsFromResource: operation<sdk.RemoveTagsFromResourceRequest, sdk.RemoveTagsFromResourceResult>({
      handle: (input, call) => {
        const parameter = requireTagged(input, call);
        const tags = Object.fromEntries(Object.entries(parameter.tags).filter(([key]) => !(input.TagKeys ?? []).includes(key)));
        parameters(call).put(keyOf(call, parameter.name), { ...parameter, tags });
        return {};
      },
    }),
    ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResult>({
      handle: (input, call) => ({ TagList: Object.entries(requireTagged(input, call).tags).map(([Key, Value]) => ({ Key, Value })) }),
    }),
  },
  fidelity: {
    version: '2014-11-06',
    gaps: ['everything of Systems Manager but Parameter Store', 'parameter policies are kept and not acted upon'],
    differences: ['public parameters under /aws/service are those of the ECS-optimised images'],
  },
};
