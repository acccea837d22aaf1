// `authorizer` in CEL: asks what a user may do. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
import type { Attributes, Authorizer } from '../auth/authorize.ts';
import type { User } from '../core.ts';

interface Asking {
  authorizer: Authorizer;
  user: User;
}

/** `authorizer`, or what `authorizer.serviceAccount(namespace, name)` gives. */
export class AuthorizerValue {
  readonly asking: Asking;

  constructor(asking: Asking) {
    this.asking = asking;
  }
}

/** `authorizer.group('apps').resource('deployments')…`: narrowed step by step, then checked. */
export class CheckValue {
  readonly asking: Asking;
  readonly attributes: Attributes;

  constructor(asking: Asking, attributes: Partial<Attributes>) {
    this.asking = asking;
    this.attributes = { verb: '', isResource: true, path: '', group: '', namespace: '', resource: '', name: '', ...attributes };
  }

  with(attributes: Partial<Attributes>): CheckValue {
    return new CheckValue(this.asking, { ...this.attributes, ...attributes });
  }
}

export class DecisionValue {
  /** Undefined where it is not allowed. */
  readonly reason: string | undefined;

  constructor({ asking, attributes }: CheckValue, verb: string) {
    this.reason = asking.authorizer.allows(asking.user, { ...attributes, verb });
  }
}

type Register = (signature: string, handler: (...values: never[]) => unknown) => void;

export function registerAuthorizer(register: Register): void {
  register('Authorizer.group(string): Check', ({ asking }: AuthorizerValue, group: string) => new CheckValue(asking, { group }));
  register(
    'Authorizer.path(string): Check',
    ({ asking }: AuthorizerValue, path: string) => new CheckValue(asking, { path, isResource: false }),
  );
  register('Authorizer.serviceAccount(string, string): Authorizer', ({ asking }: AuthorizerValue, namespace: string, name: string) => {
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    return new AuthorizerValue({ ...asking, user: { name: `system:serviceaccount:${namespace}:${name}`, groups } });
  });
  register('Check.resource(string): Check', (check: CheckValue, resource: string) => check.with({ resource }));
  register('Check.subresource(string): Check', (check: CheckValue, name: string) =>
    check.with({ resource: `${check.attributes.resource}/${name}` }),
  );
  register('Check.namespace(string): Check', (check: CheckValue, namespace: string) => check.with({ namespace }));
  register('Check.name(string): Check', (check: CheckValue, name: string) => check.with({ name }));
  register('Check.check(string): Decision', (check: CheckValue, verb: string) => new DecisionValue(check, verb));
  register('Decision.allowed(): bool', ({ reason }: DecisionValue) => reason !== undefined);
  register('Decision.reason(): string', ({ reason }: DecisionValue) => reason ?? '');
  register('Decision.errored(): bool', () => false);
  register('Decision.error(): string', () => '');
}
