// Validation of a pod's spec, and of a template's where the two differ (k8s.io/kubernetes/pkg/apis/core/validation, ValidatePodSpec).
import type { FieldError } from '../resources/kind.ts';
import type { PodTemplateSpec } from '../types.ts';
import { validateAddress } from './addresses.ts';
import { dns1123Label, dns1123Subdomain, outOfRange, qualifiedName } from '../values/names.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts';
import { duplicate, forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateAnnotations, validateLabels } from './object-meta.ts';
import type { PodSpec } from './pod-types.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateVolumes } from './volumes.ts';

const largestInt32 = 2147483647;

export function validatePodSpec(spec: PodSpec, path: string, isPod: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const grace = spec.terminationGracePeriodSeconds ?? undefined;
  if (grace === undefined) {
    errors.push(required(`${path}.terminationGracePeriodSeconds`));
  }
  const around = { spec, grace, hostUsers: spec.hostUsers !== false };
  errors.push(
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...validateContainers(spec.containers ?? [], around, `${path}.containers`),
    ...validateInitContainers(spec.initContainers ?? [], around, `${path}.initContainers`),
    ...validateEphemeralContainers(around, `${path}.ephemeralContainers`),
    ...validateHostNetwork(spec, isPod, path),
    ...oneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec.securityContext, spec, `${path}.securityContext`),
    ...validateAffinity(spec.affinity ?? {}, `${path}.affinity`),
    ...validateDns(spec, `${path}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, index) =>
      invalidFor(`${path}.readinessGates[${index}].conditionType`, conditionType ?? '', qualifiedName(conditionType ?? '')),
    ),
    ...validateSchedulingGates(spec.schedulingGates ?? [], `${path}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...validateNames(spec, path),
  );
  return errors;
}

/** A template of a workload. Its labels are checked against the selector by the workload. */
export function validatePodTemplate(template: PodTemplateSpec | null | undefined, path: string): FieldError[] {
  const errors = [
    ...validateLabels(template?.metadata?.labels, `${path}.labels`),
    ...validateAnnotations(template?.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(template?.spec ?? ({} as PodSpec), `${path}.spec`, false),
  ];
  if (template?.spec?.ephemeralContainers?.length) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
}

function oneOf(value: string | undefined, supported: readonly string[], path: string): FieldError[] {
  if (!value) {
    return [required(path)];
  }
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

/** On the host's network a port is the same inside and out. Templates may leave it to the pod's defaults. */
function validateHostNetwork(spec: PodSpec, isPod: boolean, path: string): FieldError[] {
  if (!spec.hostNetwork) {
    return [];
  }
  return (spec.containers ?? []).flatMap((container, index) =>
    (container.ports ?? []).flatMap(({ hostPort = 0, containerPort }, position) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [
            invalid(
              `${path}.containers[${index}].ports[${position}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ]
        : [],
    ),
  );
}

function validateDns(spec: PodSpec, path: string): FieldError[] {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === 'None') {
    if (!config) {
      return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    }
    if (!config.nameservers?.length) {
      return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
    }
  }
  const errors: FieldError[] = [];
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (nameservers.length > 3) {
    errors.push(invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  }
  nameservers.forEach((address, index) => errors.push(...validateAddress(address, `${path}.nameservers[${index}]`)));
  if (searches.length > 32) {
    errors.push(invalid(`${path}.searches`, searches, 'must not have more than 32 search paths'));
  }
  options.forEach((option, index) => {
    if (!option.name) {
      errors.push(required(`${path}.options[${index}]`, 'must not be empty'));
    }
  });
  return errors;
}

function validateSchedulingGates(gates: readonly { name?: string }[], path: string): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name = '' }, index) => {
    const errors = invalidFor(`${path}[${index}]`, name, qualifiedName(name));
    if (seen.has(name)) {
      errors.push(duplicate(`${path}[${index}]`, name));
    }
    seen.add(name);
    return errors;
  });
}

function validateNames(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (field: string, value: string | null | undefined, rule: (value: string) => string[]) => {
    if (value) {
      errors.push(...invalidFor(`${path}.${field}`, value, rule(value)));
    }
  };
  check('serviceAccountName', spec.serviceAccountName, dns1123Subdomain);
  check('nodeName', spec.nodeName, dns1123Subdomain);
  const deadline = spec.activeDeadlineSeconds;
  if (typeof deadline === 'number' && (deadline < 1 || deadline > largestInt32)) {
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, outOfRange(1, largestInt32)));
  }
  check('hostname', spec.hostname, dns1123Label);
  check('subdomain', spec.subdomain, dns1123Label);
  errors.push(...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`));
  spec.hostAliases?.forEach((alias, index) => errors.push(...validateAddress(alias.ip ?? '', `${path}.hostAliases[${index}].ip`)));
  check('priorityClassName', spec.priorityClassName, dns1123Subdomain);
  check('runtimeClassName', spec.runtimeClassName, dns1123Subdomain);
  if (spec.preemptionPolicy) {
    errors.push(...oneOf(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`));
  }
  if (spec.os) {
    errors.push(...oneOf(spec.os.name, ['linux', 'windows'], `${path}.os.name`));
  }
  return errors;
}
