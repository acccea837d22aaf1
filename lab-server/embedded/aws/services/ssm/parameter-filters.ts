// Filters of DescribeParameters and GetParametersByPath (API reference, ParameterStringFilter), checked and applied.
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import type { Timestamped } from '../service.ts';
import { pathOf, validation, type Parameter } from './parameter.ts';

type Filter = Timestamped<sdk.ParameterStringFilter>;

const TIERS = ['Standard', 'Advanced', 'Intelligent-Tiering'];
const TYPES = ['String', 'StringList', 'SecureString'];
const LONGEST_KEY = 132;
const LONGEST_OPTION = 10;
const MOST_VALUES = 50;
const LONGEST_VALUE = 1024;
const PATH_RULES =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

/** Throws the errors of AWS for filters that it would not take. `isByPath`: the operation has a path of its own. */
export function checkParameterFilters(filters: readonly Filter[], isByPath: boolean): void {
  checkShapes(filters);
  const seen = new Set<string>();
  for (const { Key: key = '', Option: option, Values: values } of filters) {
    const allowed = isByPath ? ['Type', 'KeyId', 'Label'] : ['Path', 'Name', 'Type', 'KeyId', 'Tier'];
    if (!key.startsWith('tag:') && !allowed.includes(key)) {
      throw new AwsError(
        'InvalidFilterKey',
        `The following filter key is not valid: ${key}. Valid filter keys include: [${(isByPath ? ['Type', 'KeyId'] : allowed).join(', ')}].`,
      );
    }
    if (!values?.length && !key.startsWith('tag:')) {
      throw new AwsError('InvalidFilterValue', `The following filter values are missing : null for filter key ${key}.`);
    }
    if (seen.has(key) && !key.startsWith('tag:')) {
      throw new AwsError(
        'InvalidFilterKey',
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
    seen.add(key);
    checkValues(key, option, values ?? []);
  }
}

function checkShapes(filters: readonly Filter[]): void {
  const problems: string[] = [];
  for (const [index, { Key: key = '', Option: option = '', Values: values = [] }] of filters.entries()) {
    const at = `parameterFilters.${index + 1}.member`;
    if (!/^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$/.test(key)) {
      problems.push(
        `Value '${key}' at '${at}.key' failed to satisfy constraint: Member must satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier`,
      );
    }
    if (key.length > LONGEST_KEY) {
      problems.push(
        `Value '${key}' at '${at}.key' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_KEY}`,
      );
    }
    if (option.length > LONGEST_OPTION) {
      problems.push(
        `Value '${option}' at '${at}.option' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_OPTION}`,
      );
    }
    if (values.length > MOST_VALUES) {
      problems.push(
        `Value '[${values.join(', ')}]' at '${at}.values' failed to satisfy constraint: Member must have length less than or equal to ${MOST_VALUES}`,
      );
    }
    if (values.some((value) => value === '' || value.length > LONGEST_VALUE)) {
      problems.push(
        `Value '[${values.join(', ')}]' at '${at}.values' failed to satisfy constraint: [Member must have length less than or equal to ${LONGEST_VALUE}, Member must have length greater than or equal to 1]`,
      );
    }
  }
  if (problems.length > 0) {
    throw validation(`${problems.length} validation error${problems.length > 1 ? 's' : ''} detected: ${problems.join('; ')}`);
  }
}

function checkValues(key: string, option: string | undefined, values: readonly string[]): void {
  const options =
    key === 'Path' ? ['Recursive', 'OneLevel'] : key === 'Name' ? ['BeginsWith', 'Equals', 'Contains'] : ['Equals', 'BeginsWith'];
  if (option !== undefined && !options.includes(option)) {
    const named = key === 'Path' ? options : ['BeginsWith', 'Equals'];
    throw new AwsError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [${named.join(', ')}].`,
    );
  }
  const domain = key === 'Tier' ? TIERS : key === 'Type' ? TYPES : undefined;
  const unknown = domain && values.find((value) => !domain.includes(value));
  if (domain && unknown !== undefined) {
    throw new AwsError(
      'InvalidFilterValue',
      `The following filter value is not valid: ${unknown}. Valid values include: [${domain.join(', ')}].`,
    );
  }
  if (key !== 'Path') {
    return;
  }
  for (const value of values) {
    if (/^\/(aws|ssm)/i.test(value)) {
      throw validation('Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
    }
    checkPath(value);
  }
}

/** Throws ValidationException for what is no path of parameters. */
export function checkPath(path: string): void {
  if (!/^\/([A-Za-z0-9_.-]+\/?)*$/.test(path) || path.includes('//')) {
    throw validation(PATH_RULES);
  }
}

export function matchesFilter(parameter: Parameter, { Key: key = '', Option: option, Values: values = [] }: Filter): boolean {
  if (key.startsWith('tag:')) {
    const value = parameter.tags[key.slice('tag:'.length)];
    return (
      value !== undefined &&
      (values.length === 0 || values.some((one) => (option === 'BeginsWith' ? value.startsWith(one) : value === one)))
    );
  }
  if (key === 'Path') {
    return values.some((path) => isBelow(parameter.name, path, option === 'Recursive'));
  }
  if (key === 'Label') {
    return parameter.revisions.some((revision) => revision.labels.some((label) => values.includes(label)));
  }
  const name = key === 'Name' ? pathOf(parameter.name) : '';
  const text = key === 'Type' ? parameter.type : key === 'KeyId' ? parameter.keyId : key === 'Tier' ? parameter.tier : parameter.dataType;
  return values.some((value) => {
    const [subject = '', wanted] = key === 'Name' ? [name, option === 'Contains' ? value : pathOf(value)] : [text, value];
    return option === 'BeginsWith' ? subject.startsWith(wanted) : option === 'Contains' ? subject.includes(wanted) : subject === wanted;
  });
}

/** Whether a parameter stands under a path: directly, or anywhere below. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const base = path.endsWith('/') ? path : `${path}/`;
  const full = pathOf(name);
  return full.startsWith(base) && (isRecursive || !full.slice(base.length).includes('/'));
}
