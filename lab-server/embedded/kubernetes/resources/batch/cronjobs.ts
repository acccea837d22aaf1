// cronjobs: a job at set times.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, notSupported, required } from '../../validation/field-errors.ts';
import { validateJobSpec } from '../../validation/jobs.ts';
import { validateNonNegative } from '../../validation/object-meta.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import { CronFormatError, parseCron } from '../../values/cron.ts';
import { isTimeZone } from '../../values/cron-times.ts';
import { ageOf } from '../../values/human-duration.ts';
import { formatSelector } from '../../values/label-selector.ts';
import { ageColumn, booleanColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { checkedKind } from '../checked-kind.ts';
import type { FieldError } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns } from '../workload-columns.ts';

export type CronJob = Stored<models.V1CronJob>;
type Spec = NonNullable<CronJob['spec']>;

/** A job's name is the cron job's and `-` and ten digits, and at most 63 long. */
const nameLimit = 52;

export const cronjobs = checkedKind<CronJob>(
  {
    group: 'batch',
    version: 'v1',
    kind: 'CronJob',
    plural: 'cronjobs',
    singular: 'cronjob',
    shortNames: ['cj'],
    categories: ['all'],
    namespaced: true,
    model: 'V1CronJob',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Schedule', (cronJob) => cronJob.spec?.schedule ?? ''),
      textColumn('Timezone', (cronJob) => cronJob.spec?.timeZone ?? '<none>'),
      booleanColumn('Suspend', ({ spec }) => (spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False')),
      integerColumn('Active', (cronJob) => cronJob.status?.active?.length ?? 0),
      textColumn('Last Schedule', ({ status }, now) => (status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>')),
      ageColumn(),
      ...containerColumns<CronJob>((cronJob) => cronJob.spec?.jobTemplate?.spec?.template),
      textColumn('Selector', (cronJob) => formatSelector(cronJob.spec?.jobTemplate?.spec?.selector), { wide: true }),
    ],
    setDefaults(cronJob) {
      const spec = (cronJob.spec ??= {} as Spec);
      spec.concurrencyPolicy ||= 'Allow';
      spec.suspend ??= false;
      spec.successfulJobsHistoryLimit ??= 3;
      spec.failedJobsHistoryLimit ??= 1;
      const template = (spec.jobTemplate ??= {});
      template.metadata ??= {};
      setTemplateDefaults((template.spec ??= {} as NonNullable<typeof template.spec>));
    },
    prepareForCreate(cronJob) {
      cronJob.status = {};
    },
    prepareForUpdate(cronJob, old) {
      cronJob.status = old.status ?? {};
    },
    warnings({ metadata, spec }) {
      const template = spec?.jobTemplate?.spec?.template;
      const at = 'spec.jobTemplate.spec.template';
      const warnings = podWarnings(template?.spec, template?.metadata, `${at}.spec`, `${at}.metadata`);
      if (spec?.schedule?.includes('TZ')) {
        warnings.push(
          'CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
        );
      }
      return metadata.name.includes('.')
        ? [
            ...warnings,
            'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
          ]
        : warnings;
    },
  },
  {
    validate: ({ metadata, spec }) => [
      ...validateSpec(spec ?? {}),
      ...(metadata.name.length > nameLimit
        ? [invalid('metadata.name', metadata.name, `must be no more than ${nameLimit} characters`)]
        : []),
    ],
  },
);

function validateSpec(spec: Partial<Spec>): FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...(spec.schedule ? validateSchedule(spec.schedule) : [required('spec.schedule')]));
  errors.push(...validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'));
  if (typeof spec.timeZone === 'string' && !isTimeZone(spec.timeZone)) {
    errors.push(invalid('spec.timeZone', spec.timeZone, `unknown time zone ${spec.timeZone}`));
  }
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!policies.includes(spec.concurrencyPolicy ?? '')) {
    errors.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy ?? '', policies));
  }
  const template = spec.jobTemplate?.spec;
  if (template) {
    errors.push(...validateJobSpec(template, 'spec.jobTemplate.spec'));
    if (template.selector) {
      errors.push(invalid('spec.jobTemplate.spec.selector', template.selector, '`selector` will be auto-generated'));
    }
    if (template.manualSelector) {
      errors.push(notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
    }
  }
  return [
    ...errors,
    ...validateNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateSchedule(schedule: string): FieldError[] {
  const errors: FieldError[] = [];
  try {
    parseCron(schedule.replace(/^(CRON_)?TZ=\S+\s+/, ''));
  } catch (error) {
    if (!(error instanceof CronFormatError)) {
      throw error;
    }
    errors.push(invalid('spec.schedule', schedule, error.message));
  }
  if (schedule.includes('TZ')) {
    errors.push(invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  }
  return errors;
}
