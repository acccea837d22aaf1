// deployments: replicas of a pod, renewed step by step.
import type { Deployment } from '../../types.ts';
import { forbidden, invalid, notSupported, required } from '../../validation/field-errors.ts';
import {
  subdomainName,
  validateImmutable,
  validateNonNegative,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../validation/object-meta.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import {
  amountOf,
  validateAtMostAll,
  validateIntOrPercent,
  validateLastingTemplate,
  validateSelector,
  validateTemplateMatches,
} from '../../validation/workloads.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns, selectorColumn } from '../workload-columns.ts';

type Spec = NonNullable<Deployment['spec']>;

export const deployments: KindDefinition<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  model: 'V1Deployment',
  subresources: {
    status: true,
    scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  },
  hasGeneration: true,
  columns: [
    nameColumn(),
    textColumn('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, {
      description: 'Pods that are ready, of those wanted.',
    }),
    textColumn('Up-to-date', (deployment) => deployment.status?.updatedReplicas ?? 0, { description: 'Pods of the newest template.' }),
    textColumn('Available', (deployment) => deployment.status?.availableReplicas ?? 0, {
      description: 'Pods that have been ready for minReadySeconds.',
    }),
    ageColumn(),
    ...containerColumns<Deployment>((deployment) => deployment.spec?.template),
    selectorColumn(),
  ],
  setDefaults(deployment) {
    const spec = (deployment.spec ??= {} as Spec);
    setTemplateDefaults(spec);
    spec.replicas ??= 1;
    const strategy = (spec.strategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      const rollingUpdate = (strategy.rollingUpdate ??= {});
      rollingUpdate.maxUnavailable ??= '25%';
      rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
  },
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  prepareForUpdate(deployment, old) {
    deployment.status = old.status ?? {};
  },
  validateCreate: (deployment) => [...validateObjectMeta(deployment.metadata, true, subdomainName), ...validateSpec(deployment.spec)],
  validateUpdate: (deployment, old) => [
    ...validateObjectMetaUpdate(deployment.metadata, old.metadata),
    ...validateSpec(deployment.spec),
    ...validateImmutable(deployment.spec?.selector, old.spec?.selector, 'spec.selector'),
  ],
  warnings: ({ spec }) => podWarnings(spec?.template?.spec, spec?.template?.metadata, 'spec.template.spec', 'spec.template.metadata'),
};

function validateSpec(spec: Spec = {} as Spec): FieldError[] {
  const errors = [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateSelector(spec.selector, 'deployment', 'spec.selector'),
    ...validateTemplateMatches(spec, 'spec'),
    ...validateLastingTemplate(spec, 'ReplicaSet', 'spec'),
    ...validateStrategy(spec.strategy, 'spec.strategy'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
  const deadline = spec.progressDeadlineSeconds;
  if (typeof deadline === 'number') {
    errors.push(...validateNonNegative(deadline, 'spec.progressDeadlineSeconds'));
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
  }
  return errors;
}

function validateStrategy(strategy: Spec['strategy'], path: string): FieldError[] {
  const rolling = strategy?.rollingUpdate;
  switch (strategy?.type) {
    case 'Recreate':
      return rolling ? [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : [];
    case 'RollingUpdate': {
      if (!rolling) {
        return [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')];
      }
      const at = `${path}.rollingUpdate`;
      const errors = [
        ...validateIntOrPercent(rolling.maxUnavailable, `${at}.maxUnavailable`),
        ...validateIntOrPercent(rolling.maxSurge, `${at}.maxSurge`),
      ];
      if (amountOf(rolling.maxUnavailable) === 0 && amountOf(rolling.maxSurge) === 0) {
        errors.push(invalid(`${at}.maxUnavailable`, rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
      }
      return [...errors, ...validateAtMostAll(rolling.maxUnavailable, `${at}.maxUnavailable`)];
    }
    default:
      return [notSupported(`${path}.type`, strategy?.type ?? '', ['Recreate', 'RollingUpdate'])];
  }
}
