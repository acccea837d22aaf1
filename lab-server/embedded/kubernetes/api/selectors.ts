// Label and field selectors of query strings: `app=web,tier in (a,b),!legacy` and `status.phase!=Running,metadata.name=web`.
import type { KubernetesObject } from '../types.ts';
import { labelValue, qualifiedName } from '../values/names.ts';
import { conform } from './decode/conform.ts';
import { badRequest } from './errors.ts';
import type { Resource } from './registry.ts';

export type Matches = (object: KubernetesObject) => boolean;

type Operator = 'in' | 'notin' | 'exists' | '!' | '>' | '<';

interface Requirement {
  key: string;
  operator: Operator;
  values: readonly string[];
}

/** undefined where the selector selects everything. Throws 400 BadRequest with the parser's words. */
export function labelSelector(text: string | null): Matches | undefined {
  if (!text || text.trim() === '') {
    return undefined;
  }
  const requirements = new LabelParser(text).parse();
  return (object) => requirements.every((requirement) => holds(requirement, object.metadata.labels ?? {}));
}

function holds({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '>':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case '<':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
  }
}

/** The grammar of k8s.io/apimachinery/pkg/labels. */
class LabelParser {
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = text.match(/!=|==|=|!|<|>|\(|\)|,|[^\s!=<>(),]+/g) ?? [];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined) {
        if (this.#at > 0 && this.#tokens[this.#at - 1] === ',') {
          throw this.#expected("found '', expected: identifier after ','");
        }
        return requirements;
      }
      if (requirements.length > 0) {
        if (token !== ',') {
          throw this.#expected(`found '${token}', expected: ',' or 'end of string'`);
        }
        this.#at += 1;
        if (this.#tokens[this.#at] === undefined) {
          throw this.#expected("found '', expected: identifier after ','");
        }
      }
      requirements.push(this.#requirement());
    }
  }

  #requirement(): Requirement {
    const negated = this.#tokens[this.#at] === '!';
    if (negated) {
      this.#at += 1;
    }
    const key = this.#tokens[this.#at] ?? '';
    if (key === '' || /^[!=<>(),]/.test(key)) {
      throw this.#expected(`found '${key}', expected: identifier`);
    }
    this.#at += 1;
    const problems = qualifiedName(key);
    if (problems.length > 0) {
      throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${problems.join('; ')}`);
    }
    if (negated) {
      return { key, operator: '!', values: [] };
    }
    const operator = this.#tokens[this.#at];
    switch (operator) {
      case undefined:
      case ',':
        return { key, operator: 'exists', values: [] };
      case '=':
      case '==':
        return { key, operator: 'in', values: [this.#exactValue(key)] };
      case '!=':
        return { key, operator: 'notin', values: [this.#exactValue(key)] };
      case '>':
      case '<': {
        const value = this.#exactValue(key);
        if (!/^-?\d+$/.test(value)) {
          throw badRequest(
            `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
          );
        }
        return { key, operator, values: [value] };
      }
      case 'in':
      case 'notin':
        return { key, operator, values: this.#list(key) };
      default:
        throw this.#expected(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #exactValue(key: string): string {
    this.#at += 1;
    const token = this.#tokens[this.#at];
    if (token === undefined || token === ',') {
      return '';
    }
    if (/^[!=<>()]/.test(token)) {
      throw this.#expected(`found '${token}', expected: identifier`);
    }
    this.#at += 1;
    return this.#checked(key, token);
  }

  #list(key: string): string[] {
    this.#at += 1;
    const opening = this.#tokens[this.#at];
    if (opening !== '(') {
      throw this.#expected(`found '${opening ?? ''}', expected: '('`);
    }
    const values: string[] = [];
    let value = '';
    for (this.#at += 1; ; this.#at += 1) {
      const token = this.#tokens[this.#at];
      if (token === undefined) {
        throw this.#expected("found '', expected: ',', or ')'");
      }
      if (token === ',' || token === ')') {
        values.push(this.#checked(key, value));
        value = '';
        if (token === ')') {
          this.#at += 1;
          return values;
        }
      } else if (value !== '' || /^[!=<>(]/.test(token)) {
        throw this.#expected(`found '${token}', expected: ',', or ')'`);
      } else {
        value = token;
      }
    }
  }

  #checked(key: string, value: string): string {
    const problems = labelValue(value);
    if (problems.length > 0) {
      throw badRequest(`unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`);
    }
    return value;
  }

  #expected(problem: string): Error {
    return badRequest(`unable to parse requirement: ${problem}`);
  }
}

/** undefined where the selector selects everything. `resource` says which fields it may name. */
export function fieldSelector(resource: Resource, text: string | null): Matches | undefined {
  if (!text) {
    return undefined;
  }
  const requirements = splitUnescaped(text, ',')
    .filter((part) => part !== '')
    .map((part) => {
      const parsed = /^((?:[^=!\\]|\\.)*)(!=|==|=)(.*)$/s.exec(part);
      if (!parsed) {
        throw badRequest(`invalid field selector: ${JSON.stringify(part)}; can't understand '${part}'`);
      }
      const [, field = '', operator, value = ''] = parsed;
      return { field, isEqual: operator !== '!=', value: value.replaceAll(/\\(.)/gs, '$1') };
    });
  const known = knownFields(resource);
  for (const { field } of requirements) {
    if (!known.includes(field)) {
      throw badRequest(
        resource.definition.selectableFields && !resource.isCustom
          ? `field label not supported: ${field}`
          : resource.isCustom
            ? `field label not supported: ${field}`
            : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
      );
    }
  }
  return (object) => {
    const fields = fieldsOf(resource, object);
    return requirements.every(({ field, isEqual, value }) => ((fields[field] ?? '') === value) === isEqual);
  };
}

function fieldsOf(resource: Resource, object: KubernetesObject): Record<string, string> {
  return {
    'metadata.name': object.metadata.name ?? '',
    'metadata.namespace': object.metadata.namespace ?? '',
    ...resource.definition.selectableFields?.(object),
  };
}

function knownFields(resource: Resource): string[] {
  return Object.keys(fieldsOf(resource, conform(resource.type, {}) as unknown as KubernetesObject));
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts = [''];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] as string;
    if (character === '\\') {
      parts[parts.length - 1] += character + (text[index + 1] ?? '');
      index += 1;
    } else if (character === separator) {
      parts.push('');
    } else {
      parts[parts.length - 1] += character;
    }
  }
  return parts;
}
