// Sets of fields in the form that managedFields writes them (FieldsV1), and their algebra.

/**
 * Elements are `f:name`, `k:{"name":"nginx"}`, `v:"value"`. An element whose tree is empty is in the set; one whose tree has a `.`
 * is in the set together with fields below it; any other is there for the fields below it alone. Trees are never changed once made.
 */
export interface FieldTree {
  [element: string]: FieldTree;
}

export const LEAF: FieldTree = Object.freeze({});

export function isMember(tree: FieldTree | undefined): boolean {
  return tree !== undefined && ('.' in tree || isEmptyTree(tree));
}

export function isEmptyTree(tree: FieldTree): boolean {
  for (const _ in tree) {
    return false;
  }
  return true;
}

/** Fields of either. */
export function union(a: FieldTree, b: FieldTree): FieldTree {
  return combine(a, b, (inA, inB) => inA || inB, true) ?? {};
}

/** Fields of `a` that are not in `b`. */
export function difference(a: FieldTree, b: FieldTree): FieldTree {
  return combine(a, b, (inA, inB) => inA && !inB, true) ?? {};
}

/** Fields of both. */
export function intersection(a: FieldTree, b: FieldTree): FieldTree {
  return combine(a, b, (inA, inB) => inA && inB, true) ?? {};
}

export function sameTree(a: FieldTree, b: FieldTree): boolean {
  if (a === b) {
    return true;
  }
  for (const element in a) {
    const other = b[element];
    if (!other || !sameTree(a[element] as FieldTree, other)) {
      return false;
    }
  }
  for (const element in b) {
    if (!(element in a)) {
      return false;
    }
  }
  return true;
}

/** Builds a node: undefined where nothing is in it. */
export function node(isIn: boolean, children: FieldTree | undefined): FieldTree | undefined {
  if (!children) {
    return isIn ? LEAF : undefined;
  }
  return isIn ? { '.': LEAF, ...children } : children;
}

/** Every field of the set as a path of elements: sorted, those of one level before what is below them. */
export function* paths(tree: FieldTree, above: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(tree)
    .filter((element) => element !== '.')
    .toSorted();
  for (const element of elements) {
    if (isMember(tree[element])) {
      yield [...above, element];
    }
  }
  for (const element of elements) {
    yield* paths(tree[element] as FieldTree, [...above, element]);
  }
}

/** `.spec.template.spec.containers[name="nginx"].image`, as conflicts name a field. */
export function pathText(path: readonly string[]): string {
  return path
    .map((element) => {
      const value = element.slice(2);
      switch (element[0]) {
        case 'f':
          return `.${value}`;
        case 'k':
          return `[${Object.entries(JSON.parse(value) as Record<string, unknown>)
            .map(([key, item]) => `${key}=${JSON.stringify(item)}`)
            .join(',')}]`;
        case 'v':
          return `[=${value}]`;
        default:
          return `[${value}]`;
      }
    })
    .join('');
}

type Rule = (inA: boolean, inB: boolean) => boolean;

function combine(a: FieldTree | undefined, b: FieldTree | undefined, rule: Rule, isRoot: boolean): FieldTree | undefined {
  if (!a || !b) {
    const one = a ?? b;
    return one && rule(a !== undefined, b !== undefined) ? one : undefined;
  }
  let children: FieldTree | undefined;
  const add = (element: string): void => {
    const combined = combine(a[element], b[element], rule, false);
    if (combined) {
      children ??= {};
      children[element] = combined;
    }
  };
  for (const element in a) {
    if (element !== '.') {
      add(element);
    }
  }
  for (const element in b) {
    if (element !== '.' && !(element in a)) {
      add(element);
    }
  }
  return isRoot ? children : node(rule(isMember(a), isMember(b)), children);
}
