// A job's own rules about its pods: what a failure means (podFailurePolicy), and when enough has succeeded (successPolicy).
import type { Pod } from '../../types.ts';
import { parseIndexes } from './indexes.ts';
import type { JobSpec } from './job-pods.ts';

export type FailureAction = 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';

export interface FailureVerdict {
  action: FailureAction;
  /** What the rule saw, for the job's condition. */
  message: string;
}

type FailurePolicy = NonNullable<JobSpec['podFailurePolicy']>;
type FailureRule = FailurePolicy['rules'][number];

/** What the first matching rule makes of a failed pod; without one the failure counts. */
export function judgeFailure(policy: FailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const seen = matchExitCodes(rule, pod) ?? matchConditions(rule, pod);
    if (seen !== undefined) {
      return { action: rule.action as FailureAction, message: `${seen} matching ${rule.action} rule at index ${index}` };
    }
  }
  return { action: 'Count', message: '' };
}

function matchExitCodes({ onExitCodes }: FailureRule, pod: Pod): string | undefined {
  if (!onExitCodes) {
    return undefined;
  }
  const { containerName, operator, values } = onExitCodes;
  for (const { name, state } of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (containerName && containerName !== name)) {
      continue;
    }
    if (values.includes(code) === (operator === 'In')) {
      return `Container ${name} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${code}`;
    }
  }
  return undefined;
}

function matchConditions({ onPodConditions }: FailureRule, pod: Pod): string | undefined {
  for (const { type, status = 'True' } of onPodConditions ?? []) {
    if (pod.status?.conditions?.some((condition) => condition.type === type && condition.status === status)) {
      return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${type}`;
    }
  }
  return undefined;
}

/** The message of the first rule of the success policy that the completed indexes satisfy. */
export function matchSuccess(policy: JobSpec['successPolicy'], completed: ReadonlySet<number>): string | undefined {
  for (const [position, { succeededIndexes, succeededCount }] of (policy?.rules ?? []).entries()) {
    const wanted = succeededIndexes === undefined ? completed : parseIndexes(succeededIndexes);
    const done = [...wanted].filter((index) => completed.has(index)).length;
    if (done >= (succeededCount ?? wanted.size) && (succeededCount !== undefined || succeededIndexes !== undefined)) {
      return `Matched rules at index ${position}`;
    }
  }
  return undefined;
}
