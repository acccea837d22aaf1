// jobs: pods that run until enough of them have succeeded.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import { internalPodTemplate } from '../../validation/internal-pod-spec.ts';
import { type JobSpec, validateJobSpec } from '../../validation/jobs.ts';
import { validateLabelSelector } from '../../validation/label-selector.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import { validateTemplateMatches } from '../../validation/workloads.ts';
import { humanDuration } from '../../values/human-duration.ts';
import { parseTime } from '../../values/iso-time.ts';
import { dns1123Label } from '../../values/names.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns, selectorColumn } from '../workload-columns.ts';

export type Job = Stored<models.V1Job>;

const uidLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';

export const jobs = checkedKind<Job>(
  {
    group: 'batch',
    version: 'v1',
    kind: 'Job',
    plural: 'jobs',
    singular: 'job',
    categories: ['all'],
    namespaced: true,
    model: 'V1Job',
    subresources: { status: true },
    hasGeneration: true,
    defaultPropagation: 'Orphan',
    columns: [
      nameColumn(),
      textColumn('Status', jobStatus, { description: 'Status of the job.' }),
      textColumn('Completions', completionsText),
      textColumn('Duration', durationText, { description: 'How long the job took, or has taken so far.' }),
      ageColumn(),
      ...containerColumns<Job>((job) => job.spec?.template),
      selectorColumn(),
    ],
    setDefaults(job) {
      const spec = (job.spec ??= {} as JobSpec);
      setTemplateDefaults(spec);
      if (spec.completions === undefined && spec.parallelism === undefined) {
        spec.completions = 1;
      }
      spec.parallelism ??= 1;
      spec.backoffLimit ??= typeof spec.backoffLimitPerIndex === 'number' ? 2147483647 : 6;
      const labels = spec.template.metadata?.labels;
      if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) {
        job.metadata.labels = { ...labels };
      }
      spec.completionMode ??= 'NonIndexed';
      spec.suspend ??= false;
      spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
      spec.manualSelector ??= false;
      spec.podFailurePolicy?.rules?.forEach((rule) => {
        rule.onPodConditions?.forEach((condition) => (condition.status ??= 'True'));
      });
    },
    prepareForCreate(job) {
      job.status = {};
      if (job.spec && !job.spec.manualSelector) {
        generateSelector(job, job.spec);
      }
    },
    prepareForUpdate(job, old) {
      job.status = old.status ?? {};
    },
    selectableFields: (job) => ({ 'status.successful': String(job.status?.succeeded ?? 0) }),
    warnings: ({ spec }) => podWarnings(spec?.template?.spec, spec?.template?.metadata, 'spec.template.spec', 'spec.template.metadata'),
  },
  {
    validate: validateJob,
    validateChange({ spec = {} as JobSpec }, old) {
      const before = old.spec ?? ({} as JobSpec);
      const errors: FieldError[] = [];
      if (spec.completionMode !== 'Indexed') {
        errors.push(...validateImmutable(spec.completions, before.completions, 'spec.completions'));
      } else if (spec.completions !== before.completions && spec.completions !== spec.parallelism) {
        errors.push(invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism'));
      }
      for (const field of [
        'selector',
        'template',
        'completionMode',
        'podFailurePolicy',
        'backoffLimitPerIndex',
        'managedBy',
        'successPolicy',
      ] as const) {
        const comparable = field === 'template' && isNotStarted(old) ? withSchedulingOf(before, spec) : before[field];
        const shown = field === 'template' ? internalPodTemplate(spec.template) : spec[field];
        errors.push(...validateImmutable(spec[field], comparable, `spec.${field}`, shown));
      }
      return errors;
    },
  },
);

/** Labels of its own keep a job's pods apart from any other's. */
function generateSelector(job: Job, spec: JobSpec): void {
  const { uid } = job.metadata;
  const { name } = job.metadata;
  const metadata = (spec.template.metadata ??= {});
  metadata.labels = { 'controller-uid': uid, 'job-name': name, ...metadata.labels, [uidLabel]: uid, [nameLabel]: name };
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels, [uidLabel]: uid };
  if (Object.keys(job.metadata.labels ?? {}).length === 0) {
    job.metadata.labels = { ...metadata.labels };
  }
}

function validateJob({ metadata, spec = {} as JobSpec }: Job): FieldError[] {
  const errors: FieldError[] = [];
  const labels = spec.template?.metadata?.labels ?? {};
  if (!spec.manualSelector) {
    for (const [label, value] of [
      ['controller-uid', metadata.uid],
      ['job-name', metadata.name],
      [uidLabel, metadata.uid],
      [nameLabel, metadata.name],
    ] as const) {
      const field = `spec.template.metadata.labels[${label}]`;
      if (labels[label] === undefined) {
        errors.push(required(field, `must be '${value}'`));
      } else if (labels[label] !== value) {
        errors.push(invalid(field, labels, `must be '${value}'`));
      }
    }
    const extra = Object.keys(spec.selector?.matchLabels ?? {}).filter((label) => label !== uidLabel && label !== 'controller-uid');
    if (extra.length > 0) {
      errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
    }
  }
  errors.push(...validateJobSpec(spec, 'spec'));
  errors.push(...(spec.selector ? validateLabelSelector(spec.selector, 'spec.selector') : [required('spec.selector')]));
  errors.push(...validateTemplateMatches(spec, 'spec'));
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const host = `${metadata.name}-${(spec.completions ?? 1) - 1}`;
    if (dns1123Label(host).length > 0) {
      errors.push(invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${host}`));
    }
  }
  return errors;
}

function isNotStarted(job: Job): boolean {
  return job.spec?.suspend === true && !job.status?.startTime;
}

/** A job that has not started may still be told where its pods shall run. */
function withSchedulingOf(before: JobSpec, { template }: JobSpec): JobSpec['template'] {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template?.spec ?? {};
  return {
    ...before.template,
    metadata: { ...before.template.metadata, labels: template?.metadata?.labels, annotations: template?.metadata?.annotations },
    spec: before.template.spec && {
      ...before.template.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: { ...before.template.spec.affinity, nodeAffinity: affinity?.nodeAffinity },
    },
  } as JobSpec['template'];
}

function jobStatus({ metadata, status }: Job): string {
  const holds = (type: string) => status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  if (holds('Complete')) {
    return 'Complete';
  }
  if (holds('Failed')) {
    return 'Failed';
  }
  if (metadata.deletionTimestamp) {
    return 'Terminating';
  }
  if (holds('Suspended')) {
    return 'Suspended';
  }
  return holds('FailureTarget') ? 'FailureTarget' : 'Running';
}

function completionsText({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  if (typeof spec?.completions === 'number') {
    return `${done}/${spec.completions}`;
  }
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function durationText({ status }: Job, now: number): string {
  const start = parseTime(status?.startTime);
  return start === undefined ? '' : humanDuration((parseTime(status?.completionTime) ?? now) - start);
}
