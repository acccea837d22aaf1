import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configMapKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  environmentVariableName,
  labelValue,
  portName,
  qualifiedName,
  wildcardDns1123Subdomain,
} from '../../../../lab-server/embedded/kubernetes/values/index.ts';

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('a name', () => {
  it.each([
    ['web', []],
    ['a.b-c.1', []],
    ['Web', [subdomain]],
    ['-web', [subdomain]],
    ['a..b', [subdomain]],
    ['', [subdomain]],
    ['a'.repeat(254), ['must be no more than 253 characters']],
  ])('of an object, %j, has the problems %j', (name, problems) => {
    expect(dns1123Subdomain(name)).toEqual(problems);
  });

  it.each([
    ['web-1', []],
    ['a.b', ['must not contain dots']],
    ['a_b', [label]],
    ['a'.repeat(64), ['must be no more than 63 characters']],
  ])('in host names, %j, has the problems %j', (name, problems) => {
    expect(dns1123Label(name)).toEqual(problems);
  });

  it('of old DNS starts with a letter', () => {
    expect(dns1035Label('web')).toEqual([]);
    expect(dns1035Label('1web')).toEqual([
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ]);
  });

  it('of many hosts starts with a star', () => {
    expect(wildcardDns1123Subdomain('*.example.com')).toEqual([]);
    expect(wildcardDns1123Subdomain('*')).toHaveLength(1);
  });

  it.each([
    ['app', []],
    ['example.com/app', []],
    ['/app', ['prefix part must be non-empty']],
    ['a/', ['name part must be non-empty', expect.stringMatching(/^name part must consist of/) as string]],
    [`${'a'.repeat(64)}`, ['name part must be no more than 63 characters']],
    [
      'a/b/c',
      [
        expect.stringMatching(
          /^a valid label key must consist of .* with an optional DNS subdomain prefix and '\/' \(e.g. 'example.com\/MyName'\)$/,
        ) as string,
      ],
    ],
  ])('of a label, %j, has the problems %j', (name, problems) => {
    expect(qualifiedName(name)).toEqual(problems);
  });

  it('of a key, a variable and a port follow rules of their own', () => {
    expect(configMapKey('.')).toEqual(["must not be '.'"]);
    expect(configMapKey('..data')).toEqual(["must not start with '..'"]);
    expect(environmentVariableName('my var')).toEqual([]);
    expect(environmentVariableName('a=b')).toEqual([
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ]);
    expect(portName('http-1')).toEqual([]);
    expect(portName('a--b')).toEqual(['must not contain consecutive hyphens']);
    expect(portName('-a')).toEqual(['must not begin or end with a hyphen']);
    expect(portName('')).not.toEqual([]);
    expect(labelValue('')).toEqual([]);
  });

  it('for hosts is one for objects too, and joins with others by dots', () => {
    const labels = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.array(labels, { minLength: 1, maxLength: 8 }), (parts) => {
        expect(parts.flatMap((part) => dns1123Label(part))).toEqual([]);
        expect(dns1123Subdomain(parts.join('.'))).toEqual([]);
      }),
    );
  });
});
