// PutParameter: what a name, a type, a value and a tier may be, and the revision that follows.
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import type { Call, Timestamped } from '../service.ts';
import { keyOf, parameters, validation, type Parameter, type Revision } from './parameter.ts';

const NAME = /^[a-zA-Z0-9_.\-/]{1,2048}$/;
const TYPES = ['String', 'StringList', 'SecureString'];
const DATA_TYPES = ['text', 'aws:ec2:image', 'aws:ssm:integration'];
const MAX_REVISIONS = 100;
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;
const MAX_LEVELS = 15;

export function put(input: Timestamped<sdk.PutParameterRequest>, call: Call): Timestamped<Omit<sdk.PutParameterResult, '$metadata'>> {
  const name = input.Name ?? '';
  const value = input.Value ?? '';
  checkName(name);
  const existing = parameters(call).get(keyOf(call, name));
  const type = input.Type ?? existing?.type;
  checkValue(value, type, input.DataType);
  if (existing && !input.Overwrite) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  if (input.Overwrite && input.Tags?.length) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  const tier = tierOf(input, value, existing);
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
    name: existing?.name ?? name,
    type: type as sdk.ParameterType,
    keyId: type === 'SecureString' ? (input.KeyId ?? existing?.keyId ?? 'alias/aws/ssm') : undefined,
    tier,
    dataType: input.DataType ?? existing?.dataType ?? 'text',
    allowedPattern: input.AllowedPattern ?? existing?.allowedPattern,
    policies: input.Policies ?? existing?.policies,
    tags: { ...existing?.tags, ...Object.fromEntries((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])) },
    revisions: [...keptRevisions(existing), revision],
  });
  return { Version: version, Tier: tier };
}

function keptRevisions(existing: Parameter | undefined): Revision[] {
  const revisions = existing?.revisions ?? [];
  const [oldest] = revisions;
  if (revisions.length < MAX_REVISIONS || !oldest) {
    return revisions;
  }
  if (oldest.labels.length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${existing?.name ?? ''} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return revisions.slice(1);
}

function tierOf(input: Timestamped<sdk.PutParameterRequest>, value: string, existing: Parameter | undefined): sdk.ParameterTier {
  const bytes = Buffer.byteLength(value);
  const isAdvanced =
    input.Tier === 'Advanced' || existing?.tier === 'Advanced' || (input.Tier === 'Intelligent-Tiering' && bytes > STANDARD_BYTES);
  if (bytes > (isAdvanced ? ADVANCED_BYTES : STANDARD_BYTES)) {
    throw validation(
      isAdvanced
        ? 'Advanced tier parameters support a maximum parameter value of 8192 characters.'
        : 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html.',
    );
  }
  return isAdvanced ? 'Advanced' : input.Tier === 'Intelligent-Tiering' ? 'Intelligent-Tiering' : 'Standard';
}

function checkValue(value: string, type: string | undefined, dataType: string | undefined): void {
  if (value === '') {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (type === undefined) {
    throw validation('A parameter type is required when you create a parameter.');
  }
  if (!TYPES.includes(type)) {
    throw validation(
      `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
    );
  }
  if (dataType !== undefined && !DATA_TYPES.includes(dataType)) {
    throw validation(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
  }
}

function checkName(name: string): void {
  if (/^\/aws/i.test(name)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^(aws|ssm)/i.test(name)) {
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (!NAME.test(name) || /^\/ssm/i.test(name)) {
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
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
