// Names that begin with a domain, as controllers sign their work: `example.com/ingress-controller`.
import type { FieldError } from '../resources/kind.ts';
import { dns1123Subdomain } from '../values/names.ts';
import { invalid, invalidFor, required } from './field-errors.ts';

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

export function validateDomainPrefixedPath(value: string | undefined, path: string): FieldError[] {
  if (!value) {
    return [required(path)];
  }
  const slash = value.indexOf('/');
  const [domain, rest] = slash < 0 ? ['', ''] : [value.slice(0, slash), value.slice(slash + 1)];
  if (domain === '' || rest === '') {
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = invalidFor(path, domain, dns1123Subdomain(domain));
  if (!new RegExp(`^${pathPattern}$`).test(rest)) {
    errors.push(invalid(path, rest, `Invalid path (regex used for validation is '${pathPattern}')`));
  }
  return errors;
}
