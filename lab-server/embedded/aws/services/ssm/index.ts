// AWS Systems Manager, the Parameter Store half.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type ServiceDefinition, type Timestamped } from '../service.ts';
import type { Table } from '../../state/tables.ts';
import { publicParameter } from './public-parameters.ts';

interface Revision {
  value: string;
  version: number;
  lastModifiedDate: number;
  lastModifiedUser: string;
  labels: string[];
  description?: string;
}

interface Parameter {
  name: string;
  type: sdk.ParameterType;
  keyId?: string;
  tier: sdk.ParameterTier;
  dataType: string;
  allowedPattern?: string;
  tags: Record<string, string>;
  /** Oldest first; at most MAX_REVISIONS. */
  revisions: Revision[];
}

const NAME = /^[a-zA-Z0-9_.\-/]{1,2048}$/;
const TYPES = ['String', 'StringList', 'SecureString'];
const MAX_REVISIONS = 100;
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;
const MAX_LEVELS = 15;

const notFound = (): AwsError => new AwsError('ParameterNotFound', '');
const invalidToken = (): AwsError => new AwsError('InvalidNextToken', 'The specified token is not valid.');
const validation = (message: string): AwsError => new AwsError('ValidationException', message);

function parameters(call: Call): Table<Parameter> {
  return call.tables.table('ssm.parameters');
}

/** Keys hold the name with its leading slash off, so that `a` and `/a` stay apart by a mark instead. */
function keyOf(call: Call, name: string): string {
  return scopeKey(call, name.startsWith('/') ? name : `:${name}`);
}

function arnOf(call: Call, name: string): string {
  return arn('ssm', call, `parameter${name.startsWith('/') ? '' : '/'}${name}`);
}

interface Selected {
  parameter: Parameter;
  revision: Revision;
  selector?: string;
}

/** The parameter and revision that `name`, `name:3`, `name:label` or an ARN names. */
function select(reference: string, call: Call): Selected | undefined {
  const resource = parseArn(reference)?.resource.replace(/^parameter/, '');
  const [name = '', selector] = (resource ?? reference).split(':');
  const parameter =
    parameters(call).get(keyOf(call, name)) ??
    (resource ? parameters(call).get(keyOf(call, name.slice(1))) : undefined) ??
    publicParameter(name, call);
  if (!parameter) {
    return undefined;
  }
  const revision =
    selector === undefined
      ? parameter.revisions.at(-1)
      : parameter.revisions.find((one) => String(one.version) === selector || one.labels.includes(selector));
  return revision && { parameter, revision, ...(selector === undefined ? {} : { selector: `:${selector}` }) };
}

/** What a SecureString looks like to whoever does not ask for decryption: opaque, and another one each time. */
function encrypted(value: string, keyId: string): string {
  const key = createHash('sha256').update(keyId).digest();
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([Buffer.from('AQICAHi', 'base64'), nonce, cipher.update(value, 'utf8'), cipher.final()]).toString('base64');
}

function shown({ parameter, revision, selector }: Selected, decrypt: boolean, call: Call): Timestamped<sdk.Parameter> {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.type === 'SecureString' && !decrypt ? encrypted(revision.value, parameter.keyId ?? '') : revision.value,
    Version: revision.version,
    Selector: selector,
    LastModifiedDate: revision.lastModifiedDate,
    ARN: arnOf(call, parameter.name),
    DataType: parameter.dataType,
  };
}

function put(input: Timestamped<sdk.PutParameterRequest>, call: Call): Timestamped<Omit<sdk.PutParameterResult, '$metadata'>> {
  const name = input.Name ?? '';
  const value = input.Value ?? '';
  checkName(name);
  const existing = parameters(call).get(keyOf(call, name));
  const type = input.Type ?? existing?.type;
  if (type === undefined) {
    throw validation('A parameter type is required when you create a parameter.');
  }
  if (!TYPES.includes(type)) {
    throw validation(
      `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
    );
  }
  if (existing && !input.Overwrite) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const tier =
    input.Tier === 'Advanced' || (input.Tier === 'Intelligent-Tiering' && Buffer.byteLength(value) > STANDARD_BYTES)
      ? 'Advanced'
      : 'Standard';
  const limit = tier === 'Advanced' ? ADVANCED_BYTES : STANDARD_BYTES;
  if (Buffer.byteLength(value) > limit) {
    throw validation(
      tier === 'Advanced'
        ? 'Advanced tier parameters support a maximum parameter value of 8192 characters.'
        : 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html.',
    );
  }
  checkPattern(input.AllowedPattern ?? existing?.allowedPattern, value, name);
  const version = (existing?.revisions.at(-1)?.version ?? 0) + 1;
  const revision: Revision = {
    value,
    version,
    lastModifiedDate: call.clock.now(),
    lastModifiedUser: call.principal.arn,
    labels: [],
    description: input.Description ?? existing?.revisions.at(-1)?.description,
  };
  parameters(call).put(keyOf(call, name), {
    name,
    type,
    keyId: type === 'SecureString' ? (input.KeyId ?? existing?.keyId ?? 'alias/aws/ssm') : undefined,
    tier,
    dataType: input.DataType ?? existing?.dataType ?? 'text',
    allowedPattern: input.AllowedPattern ?? existing?.allowedPattern,
    tags: { ...existing?.tags, ...Object.fromEntries((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])) },
    revisions: [...(existing?.revisions ?? []), revision].slice(-MAX_REVISIONS),
  });
  return { Version: version, Tier: tier };
}

function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw validation(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`);
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw validation('Parameter name must be a fully qualified name.');
  }
  if (name.split('/').length - 1 > MAX_LEVELS) {
    throw new AwsError('HierarchyLevelLimitExceededException', `A hierarchy can have a maximum of ${MAX_LEVELS} levels.`);
  }
}

function checkPattern(pattern: string | undefined, value: string, name: string): void {
  if (pattern === undefined) {
    return;
  }
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw new AwsError('InvalidAllowedPatternException', 'The specified AllowedPattern is not a valid regular expression.');
  }
  if (!expression.test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern} of ${name}`,
    );
  }
}

function getMany(input: Timestamped<sdk.GetParametersRequest>, call: Call): Timestamped<Omit<sdk.GetParametersResult, '$metadata'>> {
  const found: Timestamped<sdk.Parameter>[] = [];
  const invalid: string[] = [];
  for (const name of input.Names ?? []) {
    const selected = select(name, call);
    if (selected) {
      found.push(shown(selected, input.WithDecryption === true, call));
    } else {
      invalid.push(name);
    }
  }
  return { Parameters: found, InvalidParameters: invalid };
}

function byPath(
  input: Timestamped<sdk.GetParametersByPathRequest>,
  call: Call,
): Timestamped<Omit<sdk.GetParametersByPathResult, '$metadata'>> {
  const path = input.Path ?? '/';
  if (!path.startsWith('/')) {
    throw validation(`The parameter path must begin with a slash "/" character.`);
  }
  const base = path.endsWith('/') ? path : `${path}/`;
  const matching = parameters(call)
    .list(`${scopeKey(call)}/`)
    .filter(({ name }) => name.startsWith(base) && (input.Recursive || !name.slice(base.length).includes('/')));
  const page = pageOf(matching, input.NextToken, input.MaxResults ?? 10, invalidToken);
  return {
    Parameters: page.items.flatMap((parameter) => {
      const revision = parameter.revisions.at(-1);
      return revision ? [shown({ parameter, revision }, input.WithDecryption === true, call)] : [];
    }),
    NextToken: page.nextToken,
  };
}

function describe(
  input: Timestamped<sdk.DescribeParametersRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeParametersResult, '$metadata'>> {
  const filters = [
    ...(input.ParameterFilters ?? []).map((filter) => ({
      key: filter.Key ?? '',
      option: filter.Option ?? 'Equals',
      values: filter.Values ?? [],
    })),
    ...(input.Filters ?? []).map((filter) => ({ key: filter.Key ?? '', option: 'BeginsWith', values: filter.Values ?? [] })),
  ];
  const matching = parameters(call)
    .list(`${scopeKey(call)}/`)
    .filter((parameter) => filters.every((filter) => matches(parameter, filter)));
  const page = pageOf(matching, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    Parameters: page.items.map((parameter) => {
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
        Policies: [],
        DataType: parameter.dataType,
      };
    }),
    NextToken: page.nextToken,
  };
}

function matches(parameter: Parameter, { key, option, values }: { key: string; option: string; values: readonly string[] }): boolean {
  const text =
    key === 'Name' || key === 'Path'
      ? parameter.name
      : key === 'Type'
        ? parameter.type
        : key === 'KeyId'
          ? parameter.keyId
          : key === 'Tier'
            ? parameter.tier
            : undefined;
  if (key.startsWith('tag:')) {
    const value = parameter.tags[key.slice('tag:'.length)];
    return value !== undefined && (values.length === 0 || values.includes(value));
  }
  return values.some((value) => {
    switch (option) {
      case 'BeginsWith':
      case 'Recursive':
      case 'OneLevel':
        return text?.startsWith(value);
      case 'Contains':
        return text?.includes(value);
      default:
        return text === value;
    }
  });
}

function history(
  input: Timestamped<sdk.GetParameterHistoryRequest>,
  call: Call,
): Timestamped<Omit<sdk.GetParameterHistoryResult, '$metadata'>> {
  const parameter = parameters(call).get(keyOf(call, input.Name ?? ''));
  if (!parameter) {
    throw notFound();
  }
  const page = pageOf(parameter.revisions, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    Parameters: page.items.map((revision) => ({
      Name: parameter.name,
      Type: parameter.type,
      KeyId: parameter.keyId,
      LastModifiedDate: revision.lastModifiedDate,
      LastModifiedUser: revision.lastModifiedUser,
      Description: revision.description,
      Value: parameter.type === 'SecureString' && !input.WithDecryption ? encrypted(revision.value, parameter.keyId ?? '') : revision.value,
      Version: revision.version,
      Labels: revision.labels,
      Tier: parameter.tier,
      DataType: parameter.dataType,
    })),
    NextToken: page.nextToken,
  };
}

function requireTagged(input: { ResourceType?: string; ResourceId?: string }, call: Call): Parameter {
  if (input.ResourceType !== 'Parameter') {
    throw new AwsError('InvalidResourceType', 'The resource type is not valid. The embedded endpoint has the resource type Parameter.');
  }
  const parameter = parameters(call).get(keyOf(call, input.ResourceId ?? ''));
  if (!parameter) {
    throw new AwsError('InvalidResourceId', 'The resource ID is not valid. Verify that you entered the correct ID and try again.');
  }
  return parameter;
}

const onNames = (action: string) => (input: { Name?: string; Names?: string[]; Path?: string }, call: Call) =>
  (input.Names ?? [input.Name ?? input.Path ?? '*']).map((name) => ({
    action: `ssm:${action}`,
    resource: name.startsWith('arn:') ? name : arnOf(call, name),
  }));

export const ssm: ServiceDefinition = {
  name: 'ssm',
  operations: {
    PutParameter: operation<sdk.PutParameterRequest, sdk.PutParameterResult>({ authorize: onNames('PutParameter'), handle: put }),
    GetParameter: operation<sdk.GetParameterRequest, sdk.GetParameterResult>({
      authorize: onNames('GetParameter'),
      handle: (input, call) => {
        const selected = select(input.Name ?? '', call);
        if (!selected) {
          throw notFound();
        }
        return { Parameter: shown(selected, input.WithDecryption === true, call) };
      },
    }),
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
    DeleteParameter: operation<sdk.DeleteParameterRequest, sdk.DeleteParameterResult>({
      authorize: onNames('DeleteParameter'),
      handle: (input, call) => {
        if (!parameters(call).delete(keyOf(call, input.Name ?? ''))) {
          throw notFound();
        }
        return {};
      },
    }),
    DeleteParameters: operation<sdk.DeleteParametersRequest, sdk.DeleteParametersResult>({
      authorize: onNames('DeleteParameters'),
      handle: (input, call) => {
        const names = input.Names ?? [];
        const deleted = names.filter((name) => parameters(call).delete(keyOf(call, name)));
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
    gaps: ['everything of Systems Manager but Parameter Store', 'parameter policies and labels'],
    differences: ['public parameters under /aws/service are those of the ECS-optimised images'],
  },
};

export type { Parameter };
