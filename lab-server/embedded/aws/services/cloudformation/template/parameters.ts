// Parameters of a stack: given values, defaults and what is kept from before, checked against the template.
import type * as sdk from '@aws-sdk/client-cloudformation';
import { RE2JS } from 're2js';
import { validationError } from '../errors.ts';
import type { Template, TemplateParameter } from './template.ts';
import { textOf } from '../text-of.ts';

/** Values by name, as text; SSM parameters hold the name of the SSM parameter. */
export type ParameterValues = Readonly<Record<string, string>>;

export function parameterValues(template: Template, given: readonly sdk.Parameter[], before: ParameterValues = {}): ParameterValues {
  const declared = template.Parameters ?? {};
  const unknown = given.map((one) => one.ParameterKey ?? '').filter((key) => !Object.hasOwn(declared, key));
  if (unknown.length > 0) {
    throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  }
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [key, declaration] of Object.entries(declared)) {
    const own = given.find((one) => one.ParameterKey === key);
    if (own?.UsePreviousValue && (own.ParameterValue ?? '') !== '') {
      throw validationError(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
      );
    }
    const value = own?.UsePreviousValue ? before[key] : (own?.ParameterValue ?? defaultOf(declaration));
    if (value === undefined) {
      missing.push(key);
      continue;
    }
    checkValue(key, value, declaration);
    values[key] = value;
  }
  if (missing.length > 0) {
    throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  }
  return values;
}

export function defaultOf({ Default }: TemplateParameter): string | undefined {
  return Default === undefined ? undefined : [Default].flat().map(textOf).join(',');
}

export function isNoEcho({ NoEcho }: TemplateParameter): boolean {
  return NoEcho === true || NoEcho === 'true';
}

export function isList({ Type }: TemplateParameter): boolean {
  return Type === 'CommaDelimitedList' || Type.startsWith('List<') || /^AWS::SSM::Parameter::Value<(List<|CommaDelimitedList)/.test(Type);
}

function checkValue(key: string, value: string, declaration: TemplateParameter): void {
  const { Type, AllowedValues, AllowedPattern, ConstraintDescription } = declaration;
  const refuse = (problem: string): never => {
    throw validationError(problem);
  };
  const constraint = (rule: string): never => refuse(`Parameter '${key}' failed to satisfy constraint: ${ConstraintDescription ?? rule}`);
  const parts = isList(declaration) ? value.split(',').map((part) => part.trim()) : [value];
  if (AllowedValues && parts.some((part) => !AllowedValues.map(textOf).includes(part))) {
    refuse(
      ConstraintDescription === undefined
        ? `Parameter '${key}' must be one of AllowedValues`
        : `Parameter ${key} failed to satisfy constraint: ${ConstraintDescription}`,
    );
  }
  if (Type === 'Number' || Type === 'List<Number>') {
    if (parts.some((part) => part === '' || Number.isNaN(Number(part)))) {
      refuse(`Parameter '${key}' must be a number.`);
    }
    if (parts.some((part) => Number(part) < (declaration.MinValue ?? -Infinity))) {
      constraint(`Parameter ${key} must be a number not less than ${declaration.MinValue}`);
    }
    if (parts.some((part) => Number(part) > (declaration.MaxValue ?? Infinity))) {
      constraint(`Parameter ${key} must be a number not greater than ${declaration.MaxValue}`);
    }
  }
  if (value.length < (declaration.MinLength ?? 0)) {
    constraint(`Parameter ${key} must contain at least ${declaration.MinLength} characters`);
  }
  if (value.length > (declaration.MaxLength ?? Infinity)) {
    constraint(`Parameter ${key} must contain at most ${declaration.MaxLength} characters`);
  }
  if (AllowedPattern !== undefined && !matches(AllowedPattern, value)) {
    constraint(`Parameter ${key} must match pattern ${AllowedPattern}`);
  }
}

/** A pattern that cannot be read here stops nobody. */
function matches(pattern: string, value: string): boolean {
  try {
    return RE2JS.compile(pattern).matches(value);
  } catch {
    return true;
  }
}
