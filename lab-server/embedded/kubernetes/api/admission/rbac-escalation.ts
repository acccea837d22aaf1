// Nobody grants what they do not have: roles and bindings that would are refused, unless their writer may escalate or bind.
import type { Authorizer, PolicyRule } from '../auth/authorize.ts';
import type { ApiCore } from '../core.ts';
import { forbidden, notFound } from '../errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

const GROUP = 'rbac.authorization.k8s.io';

export function rbacEscalation(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    validate(request, core) {
      const { operation, resource, user } = request;
      if (operation === 'DELETE' || resource.group !== GROUP || user.isInternal || user.groups.includes('system:masters')) {
        return;
      }
      const isBinding = resource.plural.endsWith('bindings');
      const granted = isBinding
        ? boundRules(request, core, authorizer)
        : mayDo(request, authorizer, 'escalate', resource.plural, request.name)
          ? []
          : ownRules(request);
      const held = authorizer.rulesFor(user, request.namespace ?? '');
      const missing = granted.flatMap(atoms).filter((atom) => !held.some((rule) => covers(rule, atom)));
      if (missing.length > 0) {
        const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
        throw forbidden(
          resource.name,
          request.name,
          `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${compact(missing).join('\n')}`,
        );
      }
    },
  };
}

function mayDo({ user, namespace }: AdmissionRequest, authorizer: Authorizer, verb: string, resource: string, name: string): boolean {
  const attributes = { verb, isResource: true, path: '', group: GROUP, namespace: namespace ?? '', resource, name };
  return authorizer.allows(user, attributes) !== undefined;
}

function ownRules({ object }: AdmissionRequest): PolicyRule[] {
  return (object as unknown as { rules?: PolicyRule[] | null }).rules ?? [];
}

function boundRules(request: AdmissionRequest, { store }: ApiCore, authorizer: Authorizer): PolicyRule[] {
  const { roleRef } = request.object as unknown as { roleRef: { kind: string; name: string } };
  const plural = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (mayDo(request, authorizer, 'bind', plural, roleRef.name)) {
    return [];
  }
  const key = plural === 'roles' ? `${request.namespace}/${roleRef.name}` : roleRef.name;
  const role = store.table(`${plural}.${GROUP}`).get(key)?.object as unknown as { rules?: PolicyRule[] | null } | undefined;
  if (!role) {
    throw notFound({ group: GROUP, resource: plural }, roleRef.name);
  }
  return role.rules ?? [];
}

/** A rule as many rules of one verb, one group and one resource each. */
function atoms(rule: PolicyRule): PolicyRule[] {
  const result: PolicyRule[] = [];
  for (const verb of rule.verbs ?? []) {
    for (const url of rule.nonResourceURLs ?? []) {
      result.push({ verbs: [verb], nonResourceURLs: [url] });
    }
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
        for (const name of names) {
          result.push({ verbs: [verb], apiGroups: [group], resources: [resource], ...(name !== undefined && { resourceNames: [name] }) });
        }
      }
    }
  }
  return result;
}

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  const has = (list: readonly string[] | undefined, item: string | undefined): boolean =>
    item !== undefined && (list?.some((one) => one === '*' || one === item) ?? false);
  if (!has(rule.verbs, atom.verbs?.[0])) {
    return false;
  }
  if (atom.nonResourceURLs) {
    const url = atom.nonResourceURLs[0] ?? '';
    return (
      rule.nonResourceURLs?.some((one) => one === '*' || one === url || (one.endsWith('*') && url.startsWith(one.slice(0, -1)))) ?? false
    );
  }
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, atom.apiGroups?.[0]) &&
    has(rule.resources, atom.resources?.[0]) &&
    (names.length === 0 || (atom.resourceNames !== undefined && names.includes(atom.resourceNames[0] ?? '')))
  );
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`, the verbs of one resource together. */
function compact(missing: readonly PolicyRule[]): string[] {
  const list = (items: readonly string[] | undefined): string => `[${(items ?? []).map((item) => JSON.stringify(item)).join(' ')}]`;
  const byTarget = new Map<string, string[]>();
  for (const { verbs = [], apiGroups, resources, resourceNames, nonResourceURLs } of missing) {
    const target = nonResourceURLs
      ? `NonResourceURLs:${list(nonResourceURLs)}`
      : `APIGroups:${list(apiGroups)}, Resources:${list(resources)}${resourceNames ? `, ResourceNames:${list(resourceNames)}` : ''}`;
    byTarget.set(target, [...(byTarget.get(target) ?? []), ...verbs]);
  }
  return [...byTarget].map(([target, verbs]) => `{${target}, Verbs:${list([...new Set(verbs)].toSorted())}}`).toSorted();
}
