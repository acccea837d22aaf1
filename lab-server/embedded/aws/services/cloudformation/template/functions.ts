// Intrinsic functions (user guide, "Intrinsic function reference"): a template's values with everything filled in.
import { validationError, templateError } from '../errors.ts';
import { cidrBlocks } from './cidr-blocks.ts';
import { subNames } from './references.ts';
import type { Template } from './template.ts';
import { textOf } from '../text-of.ts';

/** What functions look up. */
export interface Scope {
  template: Template;
  /** Parameters and pseudo parameters: text or lists. */
  values: Readonly<Record<string, unknown>>;
  /** Conditions by name, evaluated. */
  conditions: Readonly<Record<string, boolean>>;
  /** The physical id of a resource; undefined while there is none. */
  physicalId(name: string): string | undefined;
  attribute(name: string, attribute: string): unknown;
  importValue(name: string): string;
  zones(region: string): readonly string[];
}

/** Stands for AWS::NoValue: whatever holds it leaves it out. */
const NO_VALUE = Symbol('AWS::NoValue');

/** A value with its functions called and its absent members left out. Throws ValidationError. */
export function resolve(value: unknown, scope: Scope): unknown {
  const result = evaluate(value, scope);
  return result === NO_VALUE ? undefined : result;
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first) {
    const [name, argument] = first;
    if (name === 'Ref') {
      return ref(textOf(argument), scope);
    }
    const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (call) {
      return call(argument, scope);
    }
  }
  return Object.fromEntries(
    entries.flatMap(([name, inner]) => {
      const result = evaluate(inner, scope);
      return result === NO_VALUE ? [] : [[name, result]];
    }),
  );
}

function ref(name: string, scope: Scope): unknown {
  if (name === 'AWS::NoValue') {
    return NO_VALUE;
  }
  if (Object.hasOwn(scope.values, name)) {
    return scope.values[name];
  }
  const id = scope.physicalId(name);
  if (id === undefined) {
    throw validationError(`Unresolved resource dependencies [${name}] in the Resources block of the template`);
  }
  return id;
}

type Function = (argument: unknown, scope: Scope) => unknown;

function list(argument: unknown, name: string, scope: Scope): unknown[] {
  const value = evaluate(argument, scope);
  if (!Array.isArray(value)) {
    throw templateError(`${name} requires a list argument`);
  }
  return value as unknown[];
}

function getAtt(argument: unknown, scope: Scope): unknown {
  const text = typeof argument === 'string' ? argument : '';
  const [name, attribute] = Array.isArray(argument)
    ? (argument.map((part) => evaluate(part, scope)) as [string, string])
    : [text.split('.')[0] ?? '', text.slice(text.indexOf('.') + 1)];
  const value = scope.attribute(name, attribute);
  if (value === undefined) {
    throw templateError(`resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`);
  }
  return value;
}

function sub(argument: unknown, scope: Scope): string {
  const [text, own] = Array.isArray(argument) ? (argument as [string, Record<string, unknown>]) : [textOf(argument), {}];
  const locals = evaluate(own ?? {}, scope) as Record<string, unknown>;
  let result = text;
  for (const name of new Set(subNames(text))) {
    const value = Object.hasOwn(locals, name) ? locals[name] : name.includes('.') ? getAtt(name, scope) : ref(name, scope);
    const written = value === NO_VALUE ? '' : Array.isArray(value) ? value.join(',') : textOf(value);
    result = result.replaceAll(
      new RegExp(`\\$\\{\\s*${name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}\\s*\\}`, 'g'),
      () => written,
    );
  }
  return result.replaceAll('${!', '${');
}

function findInMap(argument: unknown, scope: Scope): unknown {
  const [map, top, second, options] = list(argument, 'Fn::FindInMap', scope) as [
    string,
    string,
    string,
    { DefaultValue?: unknown } | undefined,
  ];
  const value = scope.template.Mappings?.[map]?.[top]?.[second] ?? options?.DefaultValue;
  if (value === undefined) {
    throw templateError(`Unable to get mapping for ${map}::${top}::${second}`);
  }
  return value;
}

function select(argument: unknown, scope: Scope): unknown {
  const [index, items] = list(argument, 'Fn::Select', scope);
  const choices = typeof items === 'string' ? items.split(',') : (items as unknown[]);
  const chosen: unknown = Array.isArray(choices) ? choices[Number(index)] : undefined;
  if (chosen === undefined) {
    throw templateError(`Fn::Select cannot select nonexistent value at index ${textOf(index)}`);
  }
  return chosen;
}

function chosenBranch(argument: unknown, scope: Scope): unknown {
  const [name, whenTrue, whenFalse] = argument as [string, unknown, unknown];
  const condition = scope.conditions[name];
  if (condition === undefined) {
    throw templateError(`unresolved condition dependency: ${name}`);
  }
  return evaluate(condition ? whenTrue : whenFalse, scope);
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

const FUNCTIONS: Readonly<Record<string, Function>> = {
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::FindInMap': findInMap,
  'Fn::Select': select,
  'Fn::If': chosenBranch,
  'Fn::Join': (argument, scope) => {
    const [separator, items] = list(argument, 'Fn::Join', scope);
    return (typeof items === 'string' ? items.split(',') : (items as unknown[])).map(textOf).join(textOf(separator));
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = list(argument, 'Fn::Split', scope);
    return textOf(text).split(textOf(separator));
  },
  'Fn::Base64': (argument, scope) => Buffer.from(textOf(evaluate(argument, scope))).toString('base64'),
  'Fn::GetAZs': (argument, scope) => {
    const region = textOf(evaluate(argument, scope) ?? '');
    return [...scope.zones(region === '' ? textOf(scope.values['AWS::Region']) : region)];
  },
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = list(argument, 'Fn::Cidr', scope);
    return cidrBlocks(textOf(block), Number(count), Number(bits ?? 8));
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(textOf(evaluate(argument, scope))),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, 'Fn::Equals', scope);
    return textOf(left) === textOf(right);
  },
  'Fn::And': (argument, scope) => list(argument, 'Fn::And', scope).every(isTrue),
  'Fn::Or': (argument, scope) => list(argument, 'Fn::Or', scope).some(isTrue),
  'Fn::Not': (argument, scope) => !isTrue(list(argument, 'Fn::Not', scope)[0]),
  'Fn::Length': (argument, scope) => list(argument, 'Fn::Length', scope).length,
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(evaluate(argument, scope)),
  Condition: (argument, scope) =>
    typeof argument === 'string' && argument in scope.conditions ? scope.conditions[argument] : { Condition: evaluate(argument, scope) },
  'Fn::Transform': () => {
    throw validationError('Transforms and macros are not supported by the embedded endpoint.');
  },
};

/** Conditions by name. They may name each other, in any order. */
export function evaluateConditions(scope: Omit<Scope, 'conditions'>): Record<string, boolean> {
  const declared = scope.template.Conditions ?? {};
  const known: Record<string, boolean> = {};
  const under = new Set<string>();
  const lazy: Record<string, boolean> = new Proxy(known, {
    get: (_target, name) => (typeof name === 'string' ? valueOf(name) : undefined),
    has: (_target, name) => typeof name === 'string' && Object.hasOwn(declared, name),
  });
  function valueOf(name: string): boolean | undefined {
    if (!Object.hasOwn(declared, name)) {
      return undefined;
    }
    if (known[name] === undefined) {
      if (under.has(name)) {
        throw validationError(`Circular dependency between conditions: [${[...under].join(', ')}]`);
      }
      under.add(name);
      known[name] = isTrue(evaluate(declared[name], { ...scope, conditions: lazy }));
      under.delete(name);
    }
    return known[name];
  }
  Object.keys(declared).forEach(valueOf);
  return known;
}
