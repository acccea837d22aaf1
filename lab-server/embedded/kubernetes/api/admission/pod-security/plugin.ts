// PodSecurity: a namespace's labels say which of the Pod Security Standards its pods must keep to, and of which its users are warned.
import type { KubernetesObject, Namespace, Pod, PodTemplateSpec } from '../../../types.ts';
import type { ApiCore } from '../../core.ts';
import { equalJson } from '../../decode/json.ts';
import { forbidden } from '../../errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { type Level, type PodSpec, violations } from './checks.ts';

type Mode = 'enforce' | 'warn' | 'audit';
interface Policy {
  level: Level;
  version: string;
}

const PREFIX = 'pod-security.kubernetes.io/';
/** Kinds that make pods: their templates are warned of, never refused. */
const TEMPLATES: ReadonlySet<string> = new Set([
  'replicationcontrollers',
  'podtemplates',
  'replicasets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]);

export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  validate(request, core) {
    const { operation, resource, subresource, object, old } = request;
    if (operation === 'DELETE' || !object || (subresource !== undefined && subresource !== 'ephemeralcontainers')) {
      return;
    }
    if (resource.table === 'namespaces') {
      warnOfPresentPods(request, core, object as Namespace, old as Namespace | undefined);
    } else if (resource.table === 'pods') {
      const spec = (object as Pod).spec as PodSpec | undefined;
      if (spec && !(old && equalJson((old as Pod).spec, spec))) {
        judgePod(request, core, spec);
      }
    } else if (TEMPLATES.has(resource.table)) {
      warn(request, core, templateOf(object));
    }
  },
};

function policyOf(namespace: KubernetesObject | undefined, mode: Mode): Policy {
  const labels = namespace?.metadata.labels ?? {};
  const level = labels[PREFIX + mode];
  const version = labels[`${PREFIX}${mode}-version`] ?? 'latest';
  return { level: level === 'baseline' || level === 'restricted' ? level : 'privileged', version };
}

function judgePod(request: AdmissionRequest, core: ApiCore, spec: PodSpec): void {
  const namespace = core.store.table('namespaces').get(request.namespace ?? '')?.object;
  const { level, version } = policyOf(namespace, 'enforce');
  const found = violations(spec, level);
  if (found.length > 0) {
    throw forbidden(request.resource.name, request.name, `violates PodSecurity "${level}:${version}": ${found.join(', ')}`);
  }
  warn(request, core, spec);
}

function warn(request: AdmissionRequest, core: ApiCore, spec: PodSpec | undefined): void {
  const namespace = core.store.table('namespaces').get(request.namespace ?? '')?.object;
  const { level, version } = policyOf(namespace, 'warn');
  const found = spec ? violations(spec, level) : [];
  if (found.length > 0) {
    request.warn(`would violate PodSecurity "${level}:${version}": ${found.join(', ')}`);
  }
}

function templateOf(object: KubernetesObject): PodSpec | undefined {
  const { spec, template } = object as {
    spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } };
    template?: PodTemplateSpec;
  };
  return (template ?? spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec;
}

/** When the enforced level rises, its users hear which pods would no longer be let in. */
function warnOfPresentPods(request: AdmissionRequest, { store }: ApiCore, namespace: Namespace, old: Namespace | undefined): void {
  const { level, version } = policyOf(namespace, 'enforce');
  const before = policyOf(old, 'enforce');
  if (!old || (before.level === level && before.version === version)) {
    return;
  }
  const byFinding = new Map<string, string[]>();
  for (const { object } of store.table('pods').list(namespace.metadata.name)) {
    const found = violations(((object as Pod).spec ?? {}) as PodSpec, level).map((text) => text.replace(/ \(.*\)$/, ''));
    if (found.length > 0) {
      const key = found.join(', ');
      byFinding.set(key, [...(byFinding.get(key) ?? []), object.metadata.name ?? '']);
    }
  }
  if (byFinding.size === 0) {
    return;
  }
  request.warn(
    `existing pods in namespace ${JSON.stringify(namespace.metadata.name)} violate the new PodSecurity enforce level "${level}:${version}"`,
  );
  for (const [finding, [first = '', ...others]] of byFinding) {
    const more = others.length === 0 ? '' : ` (and ${others.length} other pod${others.length === 1 ? '' : 's'})`;
    request.warn(`${first}${more}: ${finding}`);
  }
}
