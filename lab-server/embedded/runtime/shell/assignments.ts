// `name=value`, `name+=value`, `name[key]=value`, `name=(…)`.
import { evaluateArithmetic } from './arithmetic.ts';
import { expandWords } from './expansion.ts';
import type { ExpansionHost } from './expansion-host.ts';
import type { Assignment } from './syntax.ts';

export async function assign(host: ExpansionHost, assignment: Assignment): Promise<void> {
  const { variables, options } = host.state;
  if (assignment.array) {
    await assignArray(host, assignment);
    return;
  }
  const value = assignment.value ? await host.text(assignment.value) : '';
  const element = /^(\w+)\[(.*)\]$/s.exec(assignment.name);
  if (element) {
    const name = element[1] ?? '';
    const key = await elementKey(host, name, element[2] ?? '');
    const existing = variables.find(name)?.value;
    const before = assignment.append && existing !== undefined && typeof existing !== 'string' ? (existing.get(key) ?? '') : '';
    variables.setElement(name, key, before + value);
    return;
  }
  variables.set(assignment.name, assignment.append ? `${variables.get(assignment.name) ?? ''}${value}` : value);
  if (options.allexport) {
    variables.mark(assignment.name, { exported: true });
  }
}

/** The key of an array element: a word for associative arrays, a number otherwise. */
export async function elementKey(host: ExpansionHost, name: string, key: string): Promise<string> {
  const variable = host.state.variables.find(name);
  if (variable?.associative) {
    const unquoted = key.replace(/^(["'])(.*)\1$/s, '$2');
    const reference = /^\$\{?(\w+)\}?$/.exec(unquoted)?.[1];
    return reference === undefined ? unquoted : (host.state.variables.get(reference) ?? '');
  }
  const index = await evaluateArithmetic(host, key);
  if (index >= 0 || variable === undefined || typeof variable.value === 'string') {
    return String(index);
  }
  return String(Math.max(-1, ...[...variable.value.keys()].map(Number)) + 1 + index);
}

async function assignArray(host: ExpansionHost, assignment: Assignment): Promise<void> {
  const { variables } = host.state;
  const existing = variables.find(assignment.name);
  const elements = new Map<string, string>(assignment.append && existing && typeof existing.value !== 'string' ? existing.value : []);
  let next = Math.max(-1, ...[...elements.keys()].map(Number)) + 1;
  for (const value of await expandWords(host, assignment.array ?? [])) {
    const keyed = /^\[([^\]]*)\]=(.*)$/s.exec(value);
    if (keyed) {
      const key = await elementKey(host, assignment.name, keyed[1] ?? '');
      elements.set(key, keyed[2] ?? '');
      next = Number(key) + 1;
    } else {
      elements.set(String(next), value);
      next += 1;
    }
  }
  variables.setArray(assignment.name, elements, existing?.associative === true);
}
