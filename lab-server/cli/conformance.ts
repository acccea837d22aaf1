// `dockside conformance`: the exercises' solutions and mistakes on a real cluster and on the embedded one, and where their verdicts differ.
import type { Config } from '../config.ts';
import { findExercises } from './exercises.ts';
import { table } from './output.ts';
import { requireKubectl } from './required-kubectl.ts';
import { runTrials, type TrialResult, trialsOf } from './verify.ts';

export interface ConformanceOptions {
  kubeconfig: string;
  context?: string;
  jobs: number;
  json: boolean;
}

/** A real cluster starts containers in seconds, and ends them with their grace periods. */
const REAL_VERDICT_MS = 120_000;
const EMBEDDED_VERDICT_MS = 60_000;

interface Difference {
  exercise: string;
  run: string;
  embedded: string;
  real: string;
}

/** Prints a line per proof, then the differences. Resolves to whether there is none. */
export async function conformance(config: Config, names: readonly string[], options: ConformanceOptions): Promise<boolean> {
  requireKubectl(config.path);
  const exercises = findExercises(config.exercisesFolder, names).filter(
    ({ definition }) => definition.sandboxes.length === 1 && definition.sandboxes.includes('kubernetes'),
  );
  const fitting = exercises.filter(({ definition }) => definition.needs.length === 0);
  const skipped = exercises.filter(({ definition }) => definition.needs.length > 0);
  const say = (text: string): void => (options.json ? undefined : console.log(text));
  for (const { slug, definition } of skipped) {
    say(`skip ${slug}: needs ${definition.needs.join(', ')}`);
  }
  const trials = fitting.flatMap(trialsOf);
  const onReal: Config = { ...config, kubernetes: 'kubeconfig', kubeconfig: { file: options.kubeconfig, context: options.context } };
  const report =
    (where: string) =>
    ({ ok, exercise, run, message }: TrialResult): void =>
      say(`${ok ? 'ok  ' : 'DIFF'} ${where} ${exercise}: ${run}${message === undefined ? '' : `\n${message.replaceAll(/^/gm, '     ')}`}`);
  const real = await runTrials(onReal, trials, { jobs: options.jobs, verdictMs: REAL_VERDICT_MS }, report('real    '));
  const onEmbedded: Config = { ...config, kubernetes: 'embedded' };
  const embedded = await runTrials(onEmbedded, trials, { jobs: options.jobs, verdictMs: EMBEDDED_VERDICT_MS }, report('embedded'));
  const differences = compare(embedded, real);
  if (options.json) {
    console.log(
      JSON.stringify({ real, embedded, differences, skipped: skipped.map(({ slug, definition }) => ({ slug, needs: definition.needs })) }),
    );
  } else {
    console.log(
      differences.length === 0
        ? `\n${real.length} runs of ${fitting.length} exercises: the same verdicts on both; ${skipped.length} exercises need more than a namespace`
        : `\n${table([['EXERCISE', 'RUN', 'EMBEDDED', 'REAL'], ...differences.map((one) => [one.exercise, one.run, one.embedded, one.real])])}`,
    );
  }
  return differences.length === 0;
}

/** Runs whose outcomes are not the same in both places. */
export function compare(embedded: readonly TrialResult[], real: readonly TrialResult[]): Difference[] {
  const outcome = (result: TrialResult | undefined): string =>
    result === undefined ? 'did not run' : result.ok ? 'as it must be' : (result.message?.split('\n')[0] ?? 'not as it must be');
  const keyOf = ({ exercise, run }: TrialResult): string => `${exercise}\n${run}`;
  const others = new Map(embedded.map((result) => [keyOf(result), result]));
  return real
    .map((result) => ({ result, other: others.get(keyOf(result)) }))
    .filter(({ result, other }) => !result.ok || !other?.ok)
    .map(({ result, other }) => ({ exercise: result.exercise, run: result.run, embedded: outcome(other), real: outcome(result) }));
}
