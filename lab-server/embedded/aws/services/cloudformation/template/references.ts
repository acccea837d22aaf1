// What the parts of a template refer to: for the order of resources, and for the errors about what is not there.
import { formatError, templateError, validationError } from '../errors.ts';
import type { Template } from './template.ts';
import { textOf } from '../text-of.ts';

export const PSEUDO_PARAMETERS = new Set([
  'AWS::AccountId',
  'AWS::NotificationARNs',
  'AWS::NoValue',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
]);

interface References {
  /** Names after Ref and within Sub. */
  refs: Set<string>;
  /** Names before the dot of GetAtt. */
  attributes: Set<string>;
  conditions: Set<string>;
}

export function referencesOf(value: unknown): References {
  const found: References = { refs: new Set(), attributes: new Set(), conditions: new Set() };
  collect(value, found);
  return found;
}

function collect(value: unknown, found: References): void {
  if (Array.isArray(value)) {
    value.forEach((item) => collect(item, found));
    return;
  }
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Ref' && typeof inner === 'string') {
      found.refs.add(inner);
    } else if (key === 'Fn::GetAtt') {
      const name: unknown = Array.isArray(inner) ? inner[0] : textOf(inner).split('.')[0];
      found.attributes.add(textOf(name));
    } else if (key === 'Fn::Sub') {
      collectSub(inner, found);
    } else if (key === 'Fn::If' && Array.isArray(inner)) {
      found.conditions.add(textOf(inner[0]));
      collect(inner.slice(1), found);
    } else {
      collect(inner, found);
    }
  }
}

function collectSub(inner: unknown, found: References): void {
  const [text, own] = Array.isArray(inner) ? (inner as [unknown, unknown]) : [inner, {}];
  const locals = typeof own === 'object' && own !== null ? own : {};
  collect(own, found);
  for (const name of subNames(textOf(text))) {
    if (!Object.hasOwn(locals, name)) {
      (name.includes('.') ? found.attributes : found.refs).add(name.split('.')[0] ?? '');
    }
  }
}

/** The names in a text of Fn::Sub; `${!Literal}` is none. */
export function subNames(text: string): string[] {
  return [...text.matchAll(/\$\{([^!][^}]*)\}/g)].map((match) => (match[1] ?? '').trim());
}

/** Throws ValidationError when a part refers to what the template does not have. */
export function checkReferences(template: Template): void {
  const parameters = new Set([...Object.keys(template.Parameters ?? {}), ...PSEUDO_PARAMETERS]);
  const resources = new Set(Object.keys(template.Resources));
  const conditions = new Set(Object.keys(template.Conditions ?? {}));
  const unresolved = (value: unknown): string[] => {
    const { refs, attributes } = referencesOf(value);
    for (const name of attributes) {
      if (!resources.has(name)) {
        throw templateError(`instance of Fn::GetAtt references undefined resource ${name}`);
      }
    }
    return [...refs].filter((name) => !parameters.has(name) && !resources.has(name));
  };
  const missing = Object.values(template.Resources).flatMap((resource) => unresolved(resource.Properties));
  const dependencies = Object.values(template.Resources).flatMap(({ DependsOn = [] }) =>
    [DependsOn].flat().filter((name) => !resources.has(name)),
  );
  const names = [...new Set([...missing, ...dependencies])];
  if (names.length > 0) {
    throw formatError(`Unresolved resource dependencies [${names.join(', ')}] in the Resources block of the template`);
  }
  const inOutputs = [...new Set(Object.values(template.Outputs ?? {}).flatMap((output) => unresolved([output.Value, output.Export])))];
  if (inOutputs.length > 0) {
    throw formatError(`Unresolved resource dependencies [${inOutputs.join(', ')}] in the Outputs block of the template`);
  }
  for (const used of conditionsUsed(template)) {
    if (!conditions.has(used)) {
      throw formatError(`Unresolved condition dependency ${used} in the Resources block of the template`);
    }
  }
  for (const condition of Object.values(template.Conditions ?? {})) {
    const odd = [...referencesOf(condition).refs].find((name) => !parameters.has(name));
    if (odd !== undefined) {
      throw formatError(`Unresolved dependencies [${odd}]. Cannot reference resources in the Conditions block of the template`);
    }
  }
  creationOrder(template, resources);
}

function conditionsUsed(template: Template): string[] {
  return [...Object.values(template.Resources), ...Object.values(template.Outputs ?? {})].flatMap((part) => [
    ...(part.Condition === undefined ? [] : [part.Condition]),
    ...referencesOf(part).conditions,
  ]);
}

/** By resource: the others that must be there before it. */
export function dependenciesOf(template: Template, active: ReadonlySet<string>): Map<string, Set<string>> {
  return new Map(
    [...active].map((name) => {
      const { Properties, DependsOn = [] } = template.Resources[name] ?? {};
      const { refs, attributes } = referencesOf(Properties);
      const all = [...refs, ...attributes, ...[DependsOn].flat()].filter((other) => other !== name && active.has(other));
      return [name, new Set(all)];
    }),
  );
}

/** Resources in an order in which each follows what it depends on. Throws "Circular dependency between resources". */
export function creationOrder(template: Template, active: ReadonlySet<string>): string[] {
  const dependencies = dependenciesOf(template, active);
  const order: string[] = [];
  const left = new Set(active);
  while (left.size > 0) {
    const ready = [...left].filter((name) => [...(dependencies.get(name) ?? [])].every((other) => !left.has(other)));
    if (ready.length === 0) {
      throw validationError(`Circular dependency between resources: [${[...left].join(', ')}]`);
    }
    for (const name of ready) {
      left.delete(name);
      order.push(name);
    }
  }
  return order;
}
