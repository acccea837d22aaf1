// dockside verify must catch exercises that are not as they say, in real labs.
import { describe, expect, it } from 'vitest';
import { runTrials, type TrialResult, trialsOf, trialsOfLesson } from '../../lab-server/cli/verify.ts';
import { readLesson } from '../../lab-server/cli/lessons/read-lesson.ts';
import { readConfig } from '../../lab-server/config.ts';
import { anExercise, ExerciseFolder, oneObjective } from '../builders/exercise.ts';
import { commandEnvironment } from '../builders/server-process.ts';

const create = (replicas: number): string => `set -e\nkubectl create deployment web --image=nginx:latest --replicas=${replicas}\n`;

async function verify(exercise: ReturnType<typeof anExercise>): Promise<TrialResult[]> {
  const results = await runTrials(readConfig(commandEnvironment()), trialsOf(exercise), { jobs: 2, verdictMs: 3000 }, () => {});
  return results.toSorted((a, b) => a.run.localeCompare(b.run));
}

describe('dockside verify', { timeout: 180_000 }, () => {
  it('proves an exercise whose solution, mistakes and starter files are as it says', async () => {
    using folder = new ExerciseFolder({}, { 'solution.sh': create(3), 'mistakes/two.sh': create(2) });
    expect(await verify(folder.load())).toMatchObject([
      { run: 'none.sh gets its verdict', ok: true },
      { run: 'the solution passes', ok: true },
      { run: 'two.sh gets its verdict', ok: true },
      { run: 'untouched passes nothing', ok: true },
    ]);
  });

  it('says what is wrong with one that is not', async () => {
    // The solution falls short by one, the mistake is none, and both say so with what was found.
    using folder = new ExerciseFolder({}, { 'solution.sh': create(2), 'mistakes/two.sh': create(3) });
    const [, solution, mistake] = await verify(folder.load());
    expect(solution).toMatchObject({ ok: false });
    expect(solution?.message).toContain('0 of 3 points\nthree is failed (expected: 3 replicas; found: 2 replicas');
    expect(mistake).toMatchObject({ ok: false });
    expect(mistake?.message).toMatch(/^must get: objective "three", state "failed", found "2 replicas"\nthree is passed/);
  });

  it('catches objectives that pass with nothing done, and checks that cannot run', async () => {
    const free = { id: 'free', title: 'Free', points: 1, cases: [{ when: 'true', verdict: 'passed' }] };
    const broken = { id: 'broken', title: 'Broken', points: 1, cases: [{ when: '1 / 0 == 1', verdict: 'passed' }] };
    const [first] = await runTrials(
      readConfig(commandEnvironment()),
      trialsOf(anExercise({ objectives: [oneObjective, free] })).slice(0, 1),
      { jobs: 1, verdictMs: 1000 },
      () => {},
    );
    expect(first).toMatchObject({ ok: false, message: 'passes with nothing done: free' });
    const [second] = await runTrials(
      readConfig(commandEnvironment()),
      trialsOf(anExercise({ objectives: [oneObjective, broken] })).slice(0, 1),
      { jobs: 1, verdictMs: 1000 },
      () => {},
    );
    expect(second?.message).toMatch(/^broken is error \(found: The check could not run: /);
  });

  it('runs the blocks of a lesson in the lab of its exercise, one after the other, and compares what they print', async () => {
    const text = (shown: string): string =>
      [
        '---\ntitle: T\nexercise: first-pod\n---',
        '```yaml title="web.yaml" edit\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n```',
        '```sh run\nNAME=web\nkubectl apply -f $NAME.yaml\n```',
        `\`\`\`sh run\nkubectl get configmap $NAME -o name\n\`\`\`\n\`\`\`text output\n${shown}\n\`\`\``,
        '```sh run fails\nkubectl get pod nobody\n```',
      ].join('\n\n');
    const config = readConfig(commandEnvironment());
    const lessons = ['configmap/web', 'configmap/shop'].map((shown, index) => {
      const file = `lesson-${index}.mdx`;
      return trialsOfLesson({ name: `test/${index}`, file, lesson: readLesson(file, text(shown)) }, config.exercisesFolder);
    });
    const results = await runTrials(config, lessons.flat(), { jobs: 2, verdictMs: 1000 }, () => {});
    const [right, wrong] = results.toSorted((a, b) => a.exercise.localeCompare(b.exercise));
    expect(right).toMatchObject({ run: '3 blocks print what is shown', ok: true });
    expect(wrong?.message).toContain('lesson-1.mdx:20: the lesson shows: configmap/shop\nthe lab printed:  configmap/web');
  });
});
