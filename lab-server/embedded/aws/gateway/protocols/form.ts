// Form bodies of the query protocols: `Filters.member.1.Name=…` to the operation's input, by its model.
import { primitiveOf, shapeOf, type Member, type ServiceModel } from '../../model/model.ts';
import { AwsError } from '../errors.ts';
import { secondsOf } from './time.ts';

/** How a query protocol names parameters. */
export interface FormNaming {
  member(name: string, member: Member): string;
  /** The part between a list's name and its index: `.member` where the protocol wraps lists. */
  listInfix(member: Member, element: Member): string;
}

/** The parameters of a request as a tree: `A.1.B=x` is `{ A: { 1: { B: 'x' } } }`. */
export interface ParameterTree {
  value?: string;
  children: Map<string, ParameterTree>;
}

const MAX_DEPTH = 32;

export function parameterTree(parameters: Iterable<[string, string]>): ParameterTree {
  const root: ParameterTree = { children: new Map() };
  for (const [name, value] of parameters) {
    const parts = name.split('.');
    if (parts.length > MAX_DEPTH) {
      throw new AwsError('MalformedQueryString', `The parameter name ${name.slice(0, 80)}… is nested too deeply.`, { status: 404 });
    }
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (!child) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

/** Reads a structure's members from a tree; absent ones are absent. */
export function readStructure(tree: ParameterTree, shapeName: string, model: ServiceModel, naming: FormNaming): Record<string, unknown> {
  const shape = shapeOf(model, shapeName);
  const result: Record<string, unknown> = {};
  if (shape.type !== 'structure' && shape.type !== 'union') {
    return result;
  }
  for (const [name, member] of Object.entries(shape.members)) {
    const node = tree.children.get(naming.member(name, member));
    if (node) {
      const value = readMember(node, member, model, naming, name);
      if (value !== undefined) {
        result[name] = value;
      }
    }
  }
  return result;
}

function readMember(node: ParameterTree, member: Member, model: ServiceModel, naming: FormNaming, name: string): unknown {
  const primitive = primitiveOf(member);
  if (primitive) {
    return node.value === undefined ? undefined : readText(node.value, primitive, name);
  }
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'list': {
      const infix = naming.listInfix(member, shape.member);
      const items = (infix === '' ? node : node.children.get(infix)) ?? node;
      return numbered(items).map((item) => readMember(item, shape.member, model, naming, name));
    }
    case 'map': {
      const entries = member.flattened ? node : (node.children.get('entry') ?? node);
      return Object.fromEntries(
        numbered(entries).map((entry) => {
          const key = entry.children.get(shape.key.xmlName ?? 'key')?.value ?? '';
          const value = entry.children.get(shape.value.xmlName ?? 'value');
          return [key, value ? readMember(value, shape.value, model, naming, name) : ''];
        }),
      );
    }
    case 'structure':
    case 'union':
      return readStructure(node, member.shape, model, naming);
    default:
      return shape satisfies never;
  }
}

/** Children with numbers for names, in their order. */
function numbered(node: ParameterTree): ParameterTree[] {
  return [...node.children.entries()]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => child);
}

function readText(text: string, primitive: NonNullable<ReturnType<typeof primitiveOf>>, name: string): unknown {
  switch (primitive) {
    case 'number':
    case 'bigInteger':
    case 'bigDecimal':
      if (text.trim() === '' || Number.isNaN(Number(text))) {
        throw new AwsError('MalformedInput', `The value ${JSON.stringify(text)} of ${name} is not a number.`, { status: 400 });
      }
      return Number(text);
    case 'boolean':
      return text.toLowerCase() === 'true';
    case 'timestamp': {
      const seconds = secondsOf(text);
      if (!Number.isFinite(seconds)) {
        throw new AwsError('MalformedInput', `The value ${JSON.stringify(text)} of ${name} is not a timestamp.`, { status: 400 });
      }
      return Math.round(seconds * 1000);
    }
    case 'blob':
      return Buffer.from(text, 'base64');
    default:
      return text;
  }
}
