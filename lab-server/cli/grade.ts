// `dockside grade EXERCISE`: judges the cluster of a kubeconfig once, as a lab's grader would.
import { SystemClock } from '../base/index.ts';
import type { Config } from '../config.ts';
import { type Exercise, Grader } from '../grading/index.ts';
import { directNetwork } from '../labs/lab-network.ts';
import { endpointFromKubeconfigFile } from '../sandboxes/kubeconfig-endpoint.ts';
import { KubernetesState } from '../sandboxes/kubernetes-state.ts';
import { findExercises } from './exercises.ts';
import { table } from './output.ts';

/** Prints each objective with its verdict. Resolves to whether all of them passed. */
export async function grade(
  config: Config,
  slug: string,
  options: { kubeconfig: string; context?: string; json: boolean },
): Promise<boolean> {
  const [exercise] = findExercises(config.exercisesFolder, [slug]);
  const clock = new SystemClock();
  using state = new KubernetesState(endpointFromKubeconfigFile(options.kubeconfig, options.context), clock);
  await using grader = new Grader({
    exercise: exercise as Exercise,
    observed: { state: (platform) => (platform === 'kubernetes' ? state : undefined), network: directNetwork },
    clock,
    onGrade() {},
    onWatchFailure() {},
  });
  const { verdicts, score, outOf } = await grader.check();
  if (options.json) {
    console.log(JSON.stringify({ exercise: slug, score, outOf, verdicts }));
    return score === outOf;
  }
  for (const verdict of verdicts) {
    const objective = exercise?.objectives.find((candidate) => candidate.id === verdict.objective);
    console.log(`${verdict.state.padEnd(7)} ${objective?.title ?? verdict.objective}`);
    const texts = [
      ['        expected', verdict.expected],
      ['        found', verdict.found],
      ['        next', verdict.next],
    ].flatMap(([label, value]) => (value === undefined ? [] : [[label ?? '', value]]));
    if (texts.length > 0 && verdict.state !== 'passed') {
      console.log(table(texts));
    }
  }
  console.log(`\n${score} of ${outOf} points`);
  return score === outOf;
}
