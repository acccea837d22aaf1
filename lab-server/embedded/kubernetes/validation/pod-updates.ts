// What may change of a pod that exists: images, deadlines, more tolerations, fewer gates; resources by the resize subresource alone.
import type { FieldError } from '../resources/kind.ts';
import type { Pod } from '../types.ts';
import { outOfRange } from '../values/names.ts';
import { qosClass } from '../values/qos.ts';
import { sameValue } from '../values/same.ts';
import { difference } from './difference.ts';
import { forbidden, invalid, required } from './field-errors.ts';
import { internalPodSpec } from './internal-pod-spec.ts';
import { validateImmutable, validateNonNegative, validateObjectMetaUpdate } from './object-meta.ts';
import type { Container, PodSpec, ResourceRequirements, Toleration } from './pod-types.ts';

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** An update by the main resource. `ownErrors` are what is wrong with the new pod by itself. */
export function validatePodUpdate(pod: Pod, old: Pod, ownErrors: readonly FieldError[]): FieldError[] {
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...ownErrors];
  const spec = pod.spec ?? ({} as PodSpec);
  const before = old.spec ?? ({} as PodSpec);
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list]?.length ?? 0) !== (before[list]?.length ?? 0)) {
      return [...errors, forbidden(`spec.${list}`, 'pod updates may not add or remove containers')];
    }
    spec[list]?.forEach((container, index) => {
      if (!container.image) {
        errors.push(required(`spec.${list}[${index}].image`));
      }
    });
  }
  const deadline = validateDeadline(spec.activeDeadlineSeconds, before.activeDeadlineSeconds);
  if (deadline) {
    errors.push(deadline);
    if (typeof spec.activeDeadlineSeconds === 'number') {
      return errors;
    }
  }
  errors.push(...validateTolerationsKept(spec.tolerations ?? [], before.tolerations ?? []));
  errors.push(...validateGatesRemoved(spec, before));

  const munged = withUpdatableFieldsOf(before, spec);
  if (!sameValue(munged, before)) {
    const detail = `pod updates may not change fields other than ${updatable}\n${difference(internalPodSpec(before), internalPodSpec(munged))}`;
    errors.push(forbidden('spec', detail));
  }
  return errors;
}

/** From none to a number, or to a smaller one. */
function validateDeadline(value: number | undefined, old: number | undefined): FieldError | undefined {
  const field = 'spec.activeDeadlineSeconds';
  if (typeof value !== 'number') {
    return typeof old === 'number' ? invalid(field, undefined, 'must not update from a positive integer to nil value') : undefined;
  }
  if (value < 0 || value > 2147483647) {
    return invalid(field, value, outOfRange(0, 2147483647));
  }
  return typeof old === 'number' && old < value ? invalid(field, value, 'must be less than or equal to previous value') : undefined;
}

function validateTolerationsKept(tolerations: readonly Toleration[], old: readonly Toleration[]): FieldError[] {
  const withoutSeconds = (toleration: Toleration) => ({ ...toleration, tolerationSeconds: undefined });
  const kept = old.every((before) => tolerations.some((one) => sameValue(withoutSeconds(one), withoutSeconds(before))));
  return kept ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateGatesRemoved(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set(old.schedulingGates?.map((gate) => gate.name));
  return (spec.schedulingGates ?? []).flatMap(({ name }, index) =>
    before.has(name)
      ? []
      : [forbidden(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)],
  );
}

/** The new spec with what may change put back, so that any difference left is one that may not be. */
function withUpdatableFieldsOf(old: PodSpec, spec: PodSpec): PodSpec {
  const withOldImages = (containers: Container[] | undefined, before: Container[] | undefined) =>
    containers?.map((container, index) => ({ ...container, image: before?.[index]?.image }));
  const munged: PodSpec = {
    ...spec,
    containers: withOldImages(spec.containers, old.containers) as Container[],
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  if (spec.initContainers) {
    munged.initContainers = withOldImages(spec.initContainers, old.initContainers) as Container[];
  }
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  // A pod held back by gates has not been placed yet: where it may go can still be narrowed.
  if ((old.schedulingGates?.length ?? 0) > 0) {
    munged.nodeSelector = old.nodeSelector;
    munged.affinity = old.affinity;
  }
  return munged;
}

/** An update by the ephemeralcontainers subresource: more of them, none changed. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod, ownErrors: readonly FieldError[]): FieldError[] {
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...ownErrors];
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const after = pod.spec?.ephemeralContainers?.find((one) => one.name === before.name);
    if (!after) {
      errors.push(forbidden('spec.ephemeralContainers', `existing ephemeral containers "${before.name}" may not be removed\n`));
    } else if (!sameValue(after, before)) {
      errors.push(forbidden('spec.ephemeralContainers', `existing ephemeral containers "${before.name}" may not be changed\n`));
    }
  }
  return errors;
}

/** An update by the resize subresource: cpu and memory of containers, within the same quality of service. */
export function validatePodResize(pod: Pod, old: Pod, ownErrors: readonly FieldError[]): FieldError[] {
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...ownErrors];
  if (qosClass(pod.spec) !== qosClass(old.spec)) {
    errors.push(invalid('spec', old.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  }
  const after = pod.spec?.containers ?? [];
  const before = old.spec?.containers ?? [];
  if (after.length !== before.length) {
    return [...errors, forbidden('spec.containers', 'containers may not be added or removed on resize')];
  }
  for (const [index, container] of after.entries()) {
    const path = `spec.containers[${index}]`;
    const one = before[index];
    if (container.name !== one?.name) {
      return [...errors, forbidden(`${path}.name`, 'containers may not be renamed or reordered on resize')];
    }
    for (const list of ['requests', 'limits'] as const) {
      for (const resource of ['cpu', 'memory']) {
        if (one.resources?.[list]?.[resource] !== undefined && container.resources?.[list]?.[resource] === undefined) {
          errors.push(forbidden(`${path}.resources.${list}`, `resource ${list} cannot be removed`));
        }
      }
    }
  }
  const same = (spec: PodSpec | undefined) => ({
    ...spec,
    containers: spec?.containers?.map((container) => ({
      ...container,
      resizePolicy: undefined,
      resources: withoutComputing(container.resources),
    })),
  });
  if (errors.length === 0 && !sameValue(same(pod.spec), same(old.spec))) {
    errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  }
  return errors;
}

function withoutComputing(resources: ResourceRequirements | undefined): unknown {
  const others = (list: Record<string, string> | undefined) =>
    Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory'));
  return { requests: others(resources?.requests), limits: others(resources?.limits) };
}

/** An update of the status: where the pod runs and its quality of service are settled; what has ended stays ended. */
export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const errors = validateObjectMetaUpdate(pod.metadata, old.metadata);
  if ((pod.spec?.nodeName ?? '') !== (old.spec?.nodeName ?? '')) {
    errors.push(forbidden('status.nodeName', 'may not be changed directly'));
  }
  errors.push(...validateNonNegative(pod.status?.observedGeneration, 'status.observedGeneration'));
  errors.push(...validateImmutable(pod.status?.qosClass, old.status?.qosClass, 'status.qosClass'));
  const policy = old.spec?.restartPolicy;
  if (policy === 'Always' || old.spec?.containers?.some((container) => container.restartPolicy)) {
    return errors;
  }
  old.status?.containerStatuses?.forEach(({ name, state }, index) => {
    const mayRestart = policy === 'OnFailure' && state?.terminated?.exitCode !== 0;
    const now = pod.status?.containerStatuses?.find((status) => status.name === name);
    if (state?.terminated && !mayRestart && now && !now.state?.terminated) {
      errors.push(forbidden(`status.containerStatuses[${index}].state`, 'may not be transitioned to non-terminated state'));
    }
  });
  return errors;
}
