// Whether a write is one that an admission policy, a binding or a webhook wants to see.
import { matchesSelector } from '../../../values/index.ts';
import type { KubernetesObject, LabelSelector } from '../../../types.ts';
import type { ApiCore } from '../../core.ts';
import type { AdmissionRequest } from '../admission.ts';

export interface MatchRule {
  apiGroups?: readonly string[];
  apiVersions?: readonly string[];
  operations?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  scope?: string;
}

export interface Match {
  rules: readonly MatchRule[];
  excluded?: readonly MatchRule[];
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  /** `Exact` looks at the version of the request, `Equivalent` at any version of the same resource. */
  policy?: string;
}

export function isWanted(request: AdmissionRequest, core: ApiCore, match: Match): boolean {
  const applies = (rule: MatchRule): boolean => ruleApplies(rule, request, match.policy === 'Exact');
  return (
    match.rules.some(applies) &&
    !(match.excluded ?? []).some(applies) &&
    namespaceMatches(request, core, match.namespaceSelector) &&
    objectMatches(request, match.objectSelector)
  );
}

/** The namespace that a write concerns: its own labels where it is a namespace itself. */
export function namespaceOf(request: AdmissionRequest, core: ApiCore): KubernetesObject | undefined {
  if (request.resource.table === 'namespaces') {
    return request.object ?? request.old;
  }
  return request.namespace === undefined ? undefined : core.store.table('namespaces').get(request.namespace)?.object;
}

function ruleApplies(rule: MatchRule, { operation, resource, subresource, name }: AdmissionRequest, isExact: boolean): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean => list?.some((one) => one === '*' || one === value) === true;
  const scope = rule.scope ?? '*';
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, resource.group) &&
    (!isExact || has(rule.apiVersions, resource.version)) &&
    (scope === '*' || (scope === 'Namespaced') === resource.namespaced) &&
    (rule.resources ?? []).some((wanted) => resourceMatches(wanted, resource.plural, subresource)) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

/** `pods`, `pods/status`, `pods/*`, `*`, `*\/scale`, `*\/*`. */
function resourceMatches(wanted: string, plural: string, subresource: string | undefined): boolean {
  const [resource, part] = wanted.split('/');
  return (
    (resource === '*' || resource === plural) && (part === undefined ? subresource === undefined : part === '*' || part === subresource)
  );
}

function namespaceMatches(request: AdmissionRequest, core: ApiCore, selector: LabelSelector | undefined): boolean {
  if (!selector || (!request.resource.namespaced && request.resource.table !== 'namespaces')) {
    return true;
  }
  return matchesSelector(selector, namespaceOf(request, core)?.metadata.labels);
}

function objectMatches({ object, old }: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  return !selector || [object, old].some((one) => one !== undefined && matchesSelector(selector, one.metadata.labels));
}
