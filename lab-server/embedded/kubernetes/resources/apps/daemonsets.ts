// daemonsets: one pod on every node that fits.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, notSupported, required } from '../../validation/field-errors.ts';
import { validateImmutable, validateNonNegative } from '../../validation/object-meta.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import {
  amountOf,
  validateAtMostAll,
  validateIntOrPercent,
  validateLastingTemplate,
  validateSelector,
  validateTemplateMatches,
} from '../../validation/workloads.ts';
import { formatLabels } from '../../values/label-selector.ts';
import { sameValue } from '../../values/same.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns, selectorColumn } from '../workload-columns.ts';

export type DaemonSet = Stored<models.V1DaemonSet>;
type Spec = NonNullable<DaemonSet['spec']>;

/** Counts changes of the template; a field before apps/v1, an annotation since. */
const templateGeneration = 'deprecated.daemonset.template.generation';

const emptyStatus = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };

export const daemonsets = checkedKind<DaemonSet>(
  {
    group: 'apps',
    version: 'v1',
    kind: 'DaemonSet',
    plural: 'daemonsets',
    singular: 'daemonset',
    shortNames: ['ds'],
    categories: ['all'],
    namespaced: true,
    model: 'V1DaemonSet',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      integerColumn('Desired', (set) => set.status?.desiredNumberScheduled ?? 0),
      integerColumn('Current', (set) => set.status?.currentNumberScheduled ?? 0),
      integerColumn('Ready', (set) => set.status?.numberReady ?? 0),
      integerColumn('Up-to-date', (set) => set.status?.updatedNumberScheduled ?? 0),
      integerColumn('Available', (set) => set.status?.numberAvailable ?? 0),
      textColumn('Node Selector', (set) => formatLabels(set.spec?.template?.spec?.nodeSelector)),
      ageColumn(),
      ...containerColumns<DaemonSet>((set) => set.spec?.template),
      selectorColumn(),
    ],
    setDefaults(set) {
      const spec = (set.spec ??= {} as Spec);
      setTemplateDefaults(spec);
      const strategy = (spec.updateStrategy ??= {});
      strategy.type ||= 'RollingUpdate';
      if (strategy.type === 'RollingUpdate') {
        const rollingUpdate = (strategy.rollingUpdate ??= {});
        rollingUpdate.maxUnavailable ??= 1;
        rollingUpdate.maxSurge ??= 0;
      }
      spec.revisionHistoryLimit ??= 10;
    },
    prepareForCreate(set) {
      set.status = { ...emptyStatus };
      (set.metadata.annotations ??= {})[templateGeneration] = '1';
    },
    prepareForUpdate(set, old) {
      set.status = old.status ?? { ...emptyStatus };
      const before = Number(old.metadata.annotations?.[templateGeneration] ?? 0);
      const changed = !sameValue(set.spec?.template, old.spec?.template);
      (set.metadata.annotations ??= {})[templateGeneration] = String(changed ? before + 1 : before);
    },
    warnings: ({ spec }) => podWarnings(spec?.template?.spec, spec?.template?.metadata, 'spec.template.spec', 'spec.template.metadata'),
  },
  {
    validate: ({ spec = {} as Spec }) => [
      ...validateSelector(spec.selector, 'daemonset', 'spec.selector'),
      ...validateTemplateMatches(spec, 'spec'),
      ...validateLastingTemplate(spec, 'DaemonSet', 'spec'),
      ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
      ...validateStrategy(spec.updateStrategy, 'spec.updateStrategy'),
      ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ],
    validateChange: (set, old) => validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector'),
  },
);

function validateStrategy(strategy: Spec['updateStrategy'], path: string): FieldError[] {
  if (strategy?.type === 'OnDelete') {
    return [];
  }
  if (strategy?.type !== 'RollingUpdate') {
    return [notSupported(path, strategy, ['RollingUpdate', 'OnDelete'])];
  }
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {};
  const at = `${path}.rollingUpdate`;
  const errors = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
    ...validateAtMostAll(maxUnavailable, `${at}.maxUnavailable`),
    ...validateAtMostAll(maxSurge, `${at}.maxSurge`),
  ];
  const unavailable = amountOf(maxUnavailable) !== 0;
  const surge = amountOf(maxSurge) !== 0;
  if (unavailable && surge) {
    errors.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (!unavailable && !surge) {
    errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}
