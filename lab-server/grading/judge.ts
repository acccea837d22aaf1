// From what was observed to a verdict: the first case that holds decides.
import { DocksideError } from '../base/index.ts';
import type { VerdictMessage } from '../protocol/index.ts';
import { ATTEMPTS, type Objective } from './exercise.ts';
import type { Variables } from './expression.ts';

export type Verdict = VerdictMessage;

/** Decides an objective; `attempts` is how often the learner asked for a check of it in vain. Throws when an expression cannot be evaluated or no case holds: the check itself is then at fault. */
export function judge(objective: Objective, variables: Variables, attempts = 0): Verdict {
  const decided = objective.cases.find((candidate) => candidate.when(variables));
  if (!decided) {
    throw new DocksideError('CHECK_NO_CASE', `no case of the objective ${objective.id} covers what was found`);
  }
  const verdict: Verdict = {
    objective: objective.id,
    state: decided.state,
    expected: decided.expected?.(variables),
    found: decided.found?.(variables),
    next: decided.next?.(variables),
  };
  const hints = decided.state === 'passed' ? [] : hintsOf(objective, variables, attempts);
  return hints.length === 0 ? verdict : { ...verdict, hints };
}

/** The hints that react to what was found. */
function hintsOf(objective: Objective, variables: Variables, attempts: number): string[] {
  if (objective.reactions.length === 0) {
    return [];
  }
  // The variables compute themselves when they are used, so they are looked up and not copied.
  const reacting = Object.create(variables, { [ATTEMPTS]: { value: BigInt(attempts), enumerable: true } }) as Variables;
  return objective.reactions.filter((reaction) => reaction.when(reacting)).map((reaction) => reaction.hint(reacting));
}

/** The verdict of an objective whose check could not run. */
export function errorVerdict(objective: Objective, reason: string): Verdict {
  return {
    objective: objective.id,
    state: 'error',
    found: `The check could not run: ${reason}`,
    next: 'This is not about your work. Check again; if it stays, restart the lab.',
  };
}

/** The verdict of an objective that waits for others. */
export function waitingVerdict(objective: Objective, titles: readonly string[]): Verdict {
  return { objective: objective.id, state: 'pending', next: `First: ${titles.join('; ')}.` };
}

export function scoreOf(objectives: readonly Objective[], verdicts: readonly Verdict[]): number {
  const passed = new Set(verdicts.filter((verdict) => verdict.state === 'passed').map((verdict) => verdict.objective));
  return objectives.reduce((sum, objective) => sum + (passed.has(objective.id) ? objective.points : 0), 0);
}
