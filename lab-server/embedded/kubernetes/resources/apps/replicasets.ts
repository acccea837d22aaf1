// replicasets: as many pods of one template as wanted.
import type { ReplicaSet } from '../../types.ts';
import {
  subdomainName,
  validateImmutable,
  validateNonNegative,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../validation/object-meta.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import { validateLastingTemplate, validateSelector, validateTemplateMatches } from '../../validation/workloads.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns, selectorColumn } from '../workload-columns.ts';

type Spec = NonNullable<ReplicaSet['spec']>;

export const replicasets: KindDefinition<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  model: 'V1ReplicaSet',
  subresources: {
    status: true,
    scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  },
  hasGeneration: true,
  columns: [
    nameColumn(),
    integerColumn('Desired', (set) => set.spec?.replicas ?? 0),
    integerColumn('Current', (set) => set.status?.replicas ?? 0),
    integerColumn('Ready', (set) => set.status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicaSet>((set) => set.spec?.template),
    selectorColumn(),
  ],
  setDefaults(set) {
    const spec = (set.spec ??= {} as Spec);
    spec.replicas ??= 1;
    setTemplateDefaults(spec);
  },
  prepareForCreate(set) {
    set.status = { replicas: 0 };
  },
  prepareForUpdate(set, old) {
    set.status = old.status ?? { replicas: 0 };
  },
  validateCreate: (set) => [...validateObjectMeta(set.metadata, true, subdomainName), ...validateSpec(set.spec)],
  validateUpdate: (set, old) => [
    ...validateObjectMetaUpdate(set.metadata, old.metadata),
    ...validateSpec(set.spec),
    ...validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector'),
  ],
  selectableFields: (set) => ({ 'status.replicas': String(set.status?.replicas ?? 0) }),
  warnings: ({ spec }) => podWarnings(spec?.template?.spec, spec?.template?.metadata, 'spec.template.spec', 'spec.template.metadata'),
};

function validateSpec(spec: Spec = {} as Spec): FieldError[] {
  return [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateSelector(spec.selector, 'deployment', 'spec.selector'),
    ...validateTemplateMatches(spec, 'spec'),
    ...validateLastingTemplate(spec, 'ReplicaSet', 'spec'),
  ];
}
