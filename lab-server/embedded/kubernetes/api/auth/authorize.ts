// Whether a user may do what a request asks: the RBAC objects of the cluster, compiled and kept until one of them changes.
import type { ObjectStore } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import type { User } from '../core.ts';
import type { RequestInfo } from '../request-info.ts';
import { ApiError } from '../errors.ts';

export interface PolicyRule {
  verbs?: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

/** What is asked for, in RBAC's terms. */
export interface Attributes {
  verb: string;
  isResource: boolean;
  path: string;
  group: string;
  namespace: string;
  /** With its subresource: `pods/log`. */
  resource: string;
  name: string;
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

interface Binding {
  subjects: readonly Subject[];
  rules: readonly PolicyRule[];
  /** Empty for cluster-wide ones. */
  namespace: string;
  /** How an authorization review names it. */
  reason: string;
}

const TABLES = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((plural) => `${plural}.rbac.authorization.k8s.io`);

export class Authorizer implements Disposable {
  readonly #store: ObjectStore;
  readonly #subscriptions: readonly Disposable[];
  #bindings: readonly Binding[] | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.#subscriptions = TABLES.map((table) => store.subscribe(table, () => (this.#bindings = undefined)));
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) {
      subscription[Symbol.dispose]();
    }
  }

  /** The reason why it is allowed; undefined where nothing allows it. */
  allows(user: User, attributes: Attributes): string | undefined {
    if (user.groups.includes('system:masters')) {
      return '';
    }
    const binding = this.#bindingsFor(user, attributes.namespace).find(({ rules }) => rules.some((rule) => ruleAllows(rule, attributes)));
    return binding?.reason;
  }

  /** Every rule that a user has in a namespace. */
  rulesFor(user: User, namespace: string): PolicyRule[] {
    if (user.groups.includes('system:masters')) {
      return [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ];
    }
    return this.#bindingsFor(user, namespace).flatMap(({ rules }) => rules);
  }

  #bindingsFor(user: User, namespace: string): Binding[] {
    this.#bindings ??= this.#compile();
    return this.#bindings.filter(
      (binding) =>
        (binding.namespace === '' || binding.namespace === namespace) &&
        binding.subjects.some((subject) => isSubject(subject, binding, user)),
    );
  }

  #compile(): Binding[] {
    const bindings: Binding[] = [];
    for (const table of ['clusterrolebindings.rbac.authorization.k8s.io', 'rolebindings.rbac.authorization.k8s.io']) {
      for (const { object } of this.#store.table(table).list()) {
        const { roleRef, subjects } = object as unknown as { roleRef: { kind: string; name: string }; subjects?: Subject[] };
        const { namespace = '', name = '' } = object.metadata;
        const rules = this.#rulesOf(roleRef.kind, namespace, roleRef.name);
        if (rules && subjects) {
          bindings.push({
            subjects,
            rules,
            namespace,
            reason: reasonOf(object, roleRef, namespace === '' ? name : `${name}/${namespace}`),
          });
        }
      }
    }
    return bindings;
  }

  #rulesOf(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined {
    const entry =
      kind === 'ClusterRole'
        ? this.#store.table('clusterroles.rbac.authorization.k8s.io').get(name)
        : this.#store.table('roles.rbac.authorization.k8s.io').get(`${namespace}/${name}`);
    return entry && ((entry.object as unknown as { rules?: PolicyRule[] | null }).rules ?? []);
  }
}

function reasonOf(binding: KubernetesObject, role: { kind: string; name: string }, name: string): string {
  const { subjects = [] } = binding as unknown as { subjects?: Subject[] };
  const [first] = subjects;
  const subject = first ? `${first.kind} ${JSON.stringify(first.namespace ? `${first.name}/${first.namespace}` : first.name)}` : '';
  return `RBAC: allowed by ${binding.kind} ${JSON.stringify(name)} of ${role.kind} ${JSON.stringify(role.name)} to ${subject}`;
}

function isSubject(subject: Subject, binding: Binding, user: User): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${subject.namespace ?? binding.namespace}:${subject.name}`;
    default:
      return false;
  }
}

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!rule.verbs?.some((verb) => verb === '*' || verb === attributes.verb)) {
    return false;
  }
  if (!attributes.isResource) {
    return (
      rule.nonResourceURLs?.some(
        (url) => url === '*' || url === attributes.path || (url.endsWith('*') && attributes.path.startsWith(url.slice(0, -1))),
      ) ?? false
    );
  }
  const names = rule.resourceNames ?? [];
  return (
    (rule.apiGroups?.some((group) => group === '*' || group === attributes.group) ?? false) &&
    (rule.resources?.some((resource) => resourceMatches(resource, attributes.resource)) ?? false) &&
    (names.length === 0 || names.includes(attributes.name))
  );
}

/** An asterisk is everything; one before a slash stands for any resource with that subresource. */
function resourceMatches(rule: string, resource: string): boolean {
  if (rule === '*' || rule === resource) {
    return true;
  }
  const slash = resource.indexOf('/');
  return slash >= 0 && rule === `*${resource.slice(slash)}`;
}

export function attributesOf(info: RequestInfo): Attributes {
  return {
    verb: info.verb,
    isResource: info.isResource,
    path: info.path,
    group: info.group,
    namespace: info.namespace ?? '',
    resource: info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`,
    name: info.name,
  };
}

/** The 403 that answers a request which nothing allows. */
export function refusal(user: User, attributes: Attributes): ApiError {
  const { name, group, namespace, resource, verb } = attributes;
  if (!attributes.isResource) {
    const why = `User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(attributes.path)}`;
    return new ApiError(403, 'Forbidden', `forbidden: ${why}`, {});
  }
  const place = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${place}`;
  const plain = resource.split('/')[0] ?? '';
  const qualified = group === '' ? plain : `${plain}.${group}`;
  const details = { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: plain };
  return new ApiError(
    403,
    'Forbidden',
    name === '' ? `${qualified} is forbidden: ${why}` : `${qualified} ${JSON.stringify(name)} is forbidden: ${why}`,
    details,
  );
}
