// pods: containers that live and die together on one node.
import type { Pod } from '../../types.ts';
import { forbidden } from '../../validation/field-errors.ts';
import { subdomainName, validateObjectMeta } from '../../validation/object-meta.ts';
import { validatePodStatus, validatePodUpdate } from '../../validation/pod-updates.ts';
import { validatePodSpec } from '../../validation/pod-spec.ts';
import type { PodSpec } from '../../validation/pod-types.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import { qosClass } from '../../values/qos.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';
import { setPodDefaults } from '../pod-defaults.ts';
import { summarizePod } from '../pod-status.ts';

export const pods: KindDefinition<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  model: 'V1Pod',
  subresources: { status: true },
  hasGeneration: true,
  columns: [
    nameColumn(),
    textColumn('Ready', (pod, now) => summarizePod(pod, now).ready, { description: 'Containers that are ready, of all.' }),
    textColumn('Status', (pod, now) => summarizePod(pod, now).status, { description: 'What the containers are doing, in one word.' }),
    textColumn('Restarts', (pod, now) => summarizePod(pod, now).restarts, { description: 'How often containers were restarted.' }),
    ageColumn(),
    textColumn('IP', (pod) => pod.status?.podIPs?.[0]?.ip || '<none>', { wide: true }),
    textColumn('Node', (pod) => pod.spec?.nodeName || '<none>', { wide: true }),
    textColumn('Nominated Node', (pod) => pod.status?.nominatedNodeName || '<none>', { wide: true }),
    textColumn('Readiness Gates', readinessGates, { wide: true }),
  ],
  setDefaults: setPodDefaults,
  prepareForCreate(pod) {
    const gated = (pod.spec?.schedulingGates?.length ?? 0) > 0;
    pod.status = {
      phase: 'Pending',
      qosClass: qosClass(pod.spec),
      ...(gated && {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'SchedulingGated',
            message: 'Scheduling is blocked due to non-empty scheduling gates',
          },
        ],
      }),
    };
  },
  prepareForUpdate(pod, old) {
    if (old.status) {
      pod.status = old.status;
    }
  },
  validateCreate(pod) {
    const errors = validatePod(pod);
    if (pod.spec?.ephemeralContainers?.length) {
      errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
    }
    if (pod.spec?.nodeName && pod.spec.schedulingGates?.length) {
      errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
    }
    return errors;
  },
  validateUpdate: (pod, old) => validatePodUpdate(pod, old, validatePod(pod)),
  validateStatusUpdate: validatePodStatus,
  selectableFields: (pod) => ({
    'spec.nodeName': pod.spec?.nodeName ?? '',
    'spec.restartPolicy': pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(pod.spec?.hostNetwork ?? false),
    'status.phase': pod.status?.phase ?? '',
    'status.podIP': pod.status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': pod.status?.nominatedNodeName ?? '',
  }),
  warnings: (pod) => podWarnings(pod.spec, pod.metadata, 'spec', 'metadata'),
  /** A pod that never reached a node, or has ended, needs no time to stop. */
  defaultGracePeriodSeconds(pod) {
    if (!pod.spec?.nodeName || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') {
      return 0;
    }
    const seconds = pod.spec.terminationGracePeriodSeconds ?? 30;
    return seconds < 0 ? 1 : seconds;
  },
};

/** Metadata and spec, as every write of a pod is checked, whichever subresource it comes by. */
export function validatePod(pod: Pod): FieldError[] {
  const spec = pod.spec ?? ({} as PodSpec);
  const errors = [...validateObjectMeta(pod.metadata, true, subdomainName), ...validatePodSpec(spec, 'spec', true)];
  for (const list of ['containers', 'initContainers'] as const) {
    spec[list]?.forEach(({ image = '' }, index) => {
      if (image.trim() !== image) {
        const message = `Invalid value: ${JSON.stringify(image)}: must not have leading or trailing whitespace`;
        errors.push({ type: 'FieldValueInvalid', field: `spec.${list}[${index}].image`, message });
      }
    });
  }
  return errors;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) {
    return '<none>';
  }
  const holds = (type: string) => pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  return `${gates.filter((gate) => holds(gate.conditionType)).length}/${gates.length}`;
}
