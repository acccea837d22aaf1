// A parameter's record: its name, its revisions with their labels, and how it is found.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import type { Call, Timestamped } from '../service.ts';
import type { Table } from '../../state/tables.ts';
import { publicParameter } from './public-parameters.ts';

export interface Revision {
  value: string;
  version: number;
  lastModifiedDate: number;
  lastModifiedUser: string;
  labels: string[];
  description?: string;
}

export interface Parameter {
  name: string;
  type: sdk.ParameterType;
  keyId?: string;
  tier: sdk.ParameterTier;
  dataType: string;
  allowedPattern?: string;
  /** JSON, as given. */
  policies?: string;
  tags: Record<string, string>;
  /** Oldest first; at most MAX_REVISIONS. */
  revisions: Revision[];
}

export interface Selected {
  parameter: Parameter;
  revision: Revision;
  selector?: string;
}

export const validation = (message: string): AwsError => new AwsError('ValidationException', message);
export const invalidToken = (): AwsError => new AwsError('InvalidNextToken', 'The specified token is not valid.');

export function notFound(name: string): AwsError {
  return new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
}

export function versionNotFound(name: string, version: number | string): AwsError {
  return new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

export function parameters(call: Call): Table<Parameter> {
  return call.tables.table('ssm.parameters');
}

/** `a` and `/a` name the same parameter. */
export function keyOf(call: Call, name: string): string {
  return scopeKey(call, name.startsWith('/') ? name : `/${name}`);
}

export function arnOf(call: Call, name: string): string {
  return arn('ssm', call, `parameter${name.startsWith('/') ? '' : '/'}${name}`);
}

/** Where a parameter stands in the hierarchy. */
export function pathOf(name: string): string {
  return name.startsWith('/') ? name : `/${name}`;
}

export function findParameter(name: string | undefined, call: Call): Parameter | undefined {
  return parameters(call).get(keyOf(call, nameIn(name ?? '')));
}

export function requireParameter(name: string | undefined, call: Call): Parameter {
  const found = findParameter(name, call);
  if (!found) {
    throw notFound(name ?? '');
  }
  return found;
}

/** The name in an ARN, or the text itself. */
function nameIn(reference: string): string {
  return parseArn(reference)?.resource.replace(/^parameter/, '') ?? reference;
}

/**
 * The parameter and revision that `name`, `name:3`, `name:label` or an ARN names; undefined when there is no such parameter.
 * Throws ParameterVersionNotFound when it has no such version.
 */
export function select(reference: string, call: Call): Selected | undefined {
  const [name = '', selector, ...rest] = nameIn(reference).split(':');
  const parameter = parameters(call).get(keyOf(call, name)) ?? publicParameter(name, call);
  if (!parameter || rest.length > 0) {
    return undefined;
  }
  const revision =
    selector === undefined
      ? parameter.revisions.at(-1)
      : parameter.revisions.find((one) => String(one.version) === selector || one.labels.includes(selector));
  if (!revision) {
    throw /^\d+$/.test(selector ?? '')
      ? versionNotFound(name, selector ?? '')
      : new AwsError('ParameterVersionNotFound', `Systems Manager could not find the label ${selector ?? ''} of ${name}.`);
  }
  return { parameter, revision, ...(selector === undefined ? {} : { selector: `:${selector}` }) };
}

/** What a SecureString looks like to whoever does not ask for decryption: opaque, and another one each time. */
function encrypted(value: string, keyId: string): string {
  const key = createHash('sha256').update(keyId).digest();
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([Buffer.from('AQICAHi', 'base64'), nonce, cipher.update(value, 'utf8'), cipher.final()]).toString('base64');
}

export function valueOf(parameter: Parameter, revision: Revision, decrypt: boolean): string {
  return parameter.type === 'SecureString' && !decrypt ? encrypted(revision.value, parameter.keyId ?? '') : revision.value;
}

export function shown({ parameter, revision, selector }: Selected, decrypt: boolean, call: Call): Timestamped<sdk.Parameter> {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: valueOf(parameter, revision, decrypt),
    Version: revision.version,
    Selector: selector,
    LastModifiedDate: revision.lastModifiedDate,
    ARN: arnOf(call, parameter.name),
    DataType: parameter.dataType,
  };
}

/** The policies of an advanced parameter as answers show them; undefined when they are none or cannot be read. */
export function policiesOf(parameter: Parameter): sdk.ParameterInlinePolicy[] | undefined {
  if (parameter.policies === undefined) {
    return undefined;
  }
  try {
    const policies: unknown = JSON.parse(parameter.policies);
    return (Array.isArray(policies) ? policies : []).map((policy: { Type?: string }) => ({
      PolicyText: JSON.stringify(policy),
      PolicyType: String(policy.Type ?? ''),
      PolicyStatus: 'Pending',
    }));
  } catch {
    return undefined;
  }
}
