// The rules for names, labels, ports and keys, in the words of k8s.io/apimachinery/pkg/util/validation. Each returns what is wrong; nothing is fine.

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain1123 = `${label1123}(\\.${label1123})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const labelKeyName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueText = `(${labelKeyName})?`;

/** The whole value must match: JavaScript's `$` without the m flag matches only at the very end, as Go's does. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

const label1123Pattern = whole(label1123);
const subdomain1123Pattern = whole(subdomain1123);
const label1035Pattern = whole(label1035);
const labelKeyPattern = whole(labelKeyName);
const labelValuePattern = whole(labelValueText);
const percentPattern = whole('[0-9]+%');
const headerPattern = whole('[-A-Za-z0-9]+');
const wildcardPattern = whole(`\\*\\.${subdomain1123}`);
const configKeyPattern = whole('[-._a-zA-Z0-9]+');

export const mustBeNonEmpty = 'must be non-empty';
export const mustNotBeNegative = 'must be greater than or equal to 0';

export function tooManyCharacters(limit: number): string {
  return `must be no more than ${limit} characters`;
}

export function outOfRange(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

/** `… (e.g. 'a',  or 'b', regex used for validation is '…')`: the odd spacing is the server's. */
function withPattern(message: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

export function dns1123Label(value: string): string[] {
  const problems = longerThan(value, 63);
  if (!label1123Pattern.test(value)) {
    problems.push(
      subdomain1123Pattern.test(value)
        ? 'must not contain dots'
        : withPattern(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            label1123,
            'my-name',
            '123-abc',
          ),
    );
  }
  return problems;
}

export function dns1123Subdomain(value: string): string[] {
  const problems = longerThan(value, 253);
  if (!subdomain1123Pattern.test(value)) {
    problems.push(
      withPattern(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomain1123,
        'example.com',
      ),
    );
  }
  return problems;
}

export function dns1035Label(value: string): string[] {
  const problems = longerThan(value, 63);
  if (!label1035Pattern.test(value)) {
    problems.push(
      withPattern(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        label1035,
        'my-name',
        'abc-123',
      ),
    );
  }
  return problems;
}

export function wildcardDns1123Subdomain(value: string): string[] {
  const problems = longerThan(value, 253);
  if (!wildcardPattern.test(value)) {
    problems.push(
      withPattern(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        `\\*\\.${subdomain1123}`,
        '*.example.com',
      ),
    );
  }
  return problems;
}

/** A label key, an annotation key, a finalizer, a resource name: `app`, `example.com/app`. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  const shape = withPattern(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    labelKeyName,
    'MyName',
    'my.name',
    '123-abc',
  );
  if (parts.length > 2) {
    return [`a valid label key ${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const problems: string[] = [];
  if (prefix === '') {
    problems.push(`prefix part ${mustBeNonEmpty}`);
  } else if (prefix !== undefined) {
    problems.push(...dns1123Subdomain(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') {
    problems.push(`name part ${mustBeNonEmpty}`);
  } else if (name.length > 63) {
    problems.push(`name part ${tooManyCharacters(63)}`);
  }
  if (!labelKeyPattern.test(name)) {
    problems.push(`name part ${shape}`);
  }
  return problems;
}

export function labelValue(value: string): string[] {
  const problems = longerThan(value, 63);
  if (!labelValuePattern.test(value)) {
    problems.push(
      withPattern(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValueText,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return problems;
}

/** A key of a ConfigMap or Secret. */
export function configMapKey(value: string): string[] {
  const problems = longerThan(value, 253);
  if (!configKeyPattern.test(value)) {
    problems.push(
      withPattern(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (value === '.' || value === '..') {
    problems.push(`must not be '${value}'`);
  } else if (value.startsWith('..')) {
    problems.push("must not start with '..'");
  }
  return problems;
}

/** An environment variable may have any printable ASCII character but `=` (since Kubernetes 1.34). */
export function environmentVariableName(value: string): string[] {
  if (value === '') {
    return [`environment variable name ${mustBeNonEmpty}`];
  }
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function portNumber(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : [outOfRange(1, 65535)];
}

/** An IANA service name, as container ports are named. */
export function portName(value: string): string[] {
  const problems = longerThan(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) {
    problems.push('must contain at least one letter (a-z)');
  }
  if (value.includes('--')) {
    problems.push('must not contain consecutive hyphens');
  }
  if (value.startsWith('-') || value.endsWith('-')) {
    problems.push('must not begin or end with a hyphen');
  }
  return problems;
}

export function percentText(value: string): string[] {
  return percentPattern.test(value)
    ? []
    : [withPattern("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')];
}

export function httpHeaderName(value: string): string[] {
  return headerPattern.test(value)
    ? []
    : [withPattern("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')];
}

/** User and group ids of a security context. */
export function userId(value: number): string[] {
  return value >= 0 && value <= 2147483647 ? [] : [outOfRange(0, 2147483647)];
}

/** One segment of a URL path, the only limit on the names of RBAC objects. */
export function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') {
    return [`may not be '${value}'`];
  }
  return ['/', '%'].filter((character) => value.includes(character)).map((character) => `may not contain '${character}'`);
}

function longerThan(value: string, limit: number): string[] {
  return value.length > limit ? [tooManyCharacters(limit)] : [];
}
