// `{{resolve:ssm:name}}` and `{{resolve:secretsmanager:id:SecretString:key}}` within values, and parameters that stand for SSM parameters.
import { validationError } from '../errors.ts';
import type { Properties } from '../resource-types/type.ts';
import { textAt } from '../resource-types/type.ts';
import { parseTemplate } from '../template/template.ts';
import type { StackBody } from '../state.ts';

type Api = (service: string, operation: string, properties: Properties) => Promise<Properties>;

const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}/g;

/** A value with its references filled in. */
export async function withDynamicReferences(value: unknown, api: Api): Promise<unknown> {
  if (typeof value === 'string') {
    let result = value;
    for (const [whole, kind, rest = ''] of value.matchAll(REFERENCE)) {
      const found = kind === 'secretsmanager' ? await secretValue(rest, api) : await parameterValue(rest, api);
      result = result.replace(whole, () => found);
    }
    return result;
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map((item) => withDynamicReferences(item, api)));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = await Promise.all(
      Object.entries(value).map(async ([key, inner]) => [key, await withDynamicReferences(inner, api)] as const),
    );
    return Object.fromEntries(entries);
  }
  return value;
}

async function parameterValue(reference: string, api: Api): Promise<string> {
  const answer = await api('ssm', 'GetParameter', { Name: reference, WithDecryption: true });
  return textAt(answer, 'Parameter.Value');
}

/** `id`, or `arn:…`, then `:SecretString:json-key:version-stage:version-id`, each of which may be left out. */
async function secretValue(reference: string, api: Api): Promise<string> {
  const parts = reference.split(':');
  const taken = reference.startsWith('arn:') ? 7 : 1;
  const [, key = '', stage = '', version = ''] = parts.slice(taken);
  const answer = await api('secretsmanager', 'GetSecretValue', {
    SecretId: parts.slice(0, taken).join(':'),
    ...(stage === '' ? {} : { VersionStage: stage }),
    ...(version === '' ? {} : { VersionId: version }),
  });
  const text = textAt(answer, 'SecretString');
  if (key === '') {
    return text;
  }
  const value = (JSON.parse(text) as Record<string, unknown>)[key];
  if (value === undefined) {
    throw validationError(`Could not find a value associated with JSONKey in SecretString`);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Values of the parameters of type `AWS::SSM::Parameter::Value<…>`. Throws ValidationError when one does not exist. */
export async function resolvedParameters({ template, parameters }: StackBody, api: Api): Promise<Record<string, string>> {
  const declared = parseTemplate(template).Parameters ?? {};
  const names = Object.entries(declared).filter(([, { Type }]) => Type.startsWith('AWS::SSM::Parameter::Value<'));
  const found: Record<string, string> = {};
  for (const [name] of names) {
    const answer = await api('ssm', 'GetParameters', { Names: [parameters[name] ?? ''], WithDecryption: true });
    const value = textAt(answer, 'Parameters.0.Value');
    if (value === '') {
      throw validationError(`Unable to fetch parameters [${parameters[name] ?? ''}] from parameter store for this account.`);
    }
    found[name] = value;
  }
  return found;
}
