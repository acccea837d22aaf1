// replicationcontrollers: what replica sets were before selectors could have expressions.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import { validateNonNegative } from '../../validation/object-meta.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import { validateLastingTemplate } from '../../validation/workloads.ts';
import { formatLabels, matchesLabels } from '../../values/label-selector.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns } from '../workload-columns.ts';

export type ReplicationController = Stored<models.V1ReplicationController>;
type Spec = NonNullable<ReplicationController['spec']>;

export const replicationcontrollers = checkedKind<ReplicationController>(
  {
    group: '',
    version: 'v1',
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    singular: 'replicationcontroller',
    shortNames: ['rc'],
    categories: ['all'],
    namespaced: true,
    model: 'V1ReplicationController',
    subresources: {
      status: true,
      scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
    },
    hasGeneration: true,
    columns: [
      nameColumn(),
      integerColumn('Desired', (controller) => controller.spec?.replicas ?? 0),
      integerColumn('Current', (controller) => controller.status?.replicas ?? 0),
      integerColumn('Ready', (controller) => controller.status?.readyReplicas ?? 0),
      ageColumn(),
      ...containerColumns<ReplicationController>((controller) => controller.spec?.template),
      textColumn('Selector', (controller) => formatLabels(controller.spec?.selector), { wide: true }),
    ],
    setDefaults(controller) {
      const spec = (controller.spec ??= {});
      spec.replicas ??= 1;
      const labels = spec.template?.metadata?.labels;
      if (labels) {
        if (Object.keys(spec.selector ?? {}).length === 0) {
          spec.selector = { ...labels };
        }
        if (Object.keys(controller.metadata.labels ?? {}).length === 0) {
          controller.metadata.labels = { ...labels };
        }
      }
      if (spec.template) {
        setTemplateDefaults(spec);
      }
    },
    prepareForCreate(controller) {
      controller.status = { replicas: 0 };
    },
    prepareForUpdate(controller, old) {
      controller.status = old.status ?? { replicas: 0 };
    },
    selectableFields: (controller) => ({ 'status.replicas': String(controller.status?.replicas ?? 0) }),
    warnings: ({ spec }) => podWarnings(spec?.template?.spec, spec?.template?.metadata, 'spec.template.spec', 'spec.template.metadata'),
  },
  { validate: ({ spec = {} }) => validateSpec(spec) },
);

function validateSpec(spec: Spec): FieldError[] {
  const errors = validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds');
  const selects = Object.keys(spec.selector ?? {}).length > 0;
  if (!selects) {
    errors.push(required('spec.selector'));
  }
  errors.push(...validateNonNegative(spec.replicas, 'spec.replicas'));
  if (!spec.template) {
    return [...errors, required('spec.template')];
  }
  const labels = spec.template.metadata?.labels;
  if (selects && !matchesLabels(spec.selector, labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [...errors, ...validateLastingTemplate({ template: spec.template }, 'ReplicationController', 'spec')];
}
