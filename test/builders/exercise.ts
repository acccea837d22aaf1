// Exercises for tests, written as an author would write them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type Exercise, loadExercise } from '../../lab-server/grading/index.ts';

export const oneObjective = {
  id: 'three',
  title: 'Three replicas',
  points: 3,
  resources: { deployment: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' } },
  cases: [
    { when: 'deployment == null', expected: 'a Deployment named web', found: 'none', next: 'Create it.' },
    {
      when: 'deployment.spec.replicas != 3',
      expected: '3 replicas',
      found: '${deployment.spec.replicas} replicas',
      next: 'kubectl scale deployment web --replicas=3',
    },
    { when: 'true', verdict: 'passed' },
  ],
};

const definition = {
  title: 'Three',
  goal: 'Run three.',
  difficulty: 'beginner',
  minutes: 5,
  sandboxes: ['kubernetes'],
  objectives: [oneObjective],
  mistakes: [
    { script: 'none.sh', summary: 'Nothing', verdict: { objective: 'three', found: 'none' } },
    { script: 'two.sh', summary: 'Two', verdict: { objective: 'three', found: '2 replicas' } },
  ],
  explanation: 'Three is three.',
};

/** A folder with an exercise in it, removed when disposed. `exercise` may be YAML text or fields that replace the default ones. */
export class ExerciseFolder implements Disposable {
  readonly folder: string;
  readonly slug = 'three';
  readonly #root: string;

  constructor(exercise: string | Record<string, unknown> = {}, files: Record<string, string> = {}) {
    this.#root = mkdtempSync(join(tmpdir(), 'dockside-exercise-'));
    this.folder = join(this.#root, this.slug);
    const all: Record<string, string> = {
      'exercise.yaml': typeof exercise === 'string' ? exercise : stringify({ ...definition, ...exercise }),
      'solution.sh': 'true\n',
      'mistakes/none.sh': 'true\n',
      'mistakes/two.sh': 'true\n',
      'files/web.yaml': 'kind: Deployment\n',
      ...files,
    };
    for (const [name, text] of Object.entries(all)) {
      const file = join(this.folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  remove(name: string): void {
    rmSync(join(this.folder, name));
  }

  load(): Exercise {
    return loadExercise(this.folder, this.slug);
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

export function anExercise(fields: Record<string, unknown> = {}): Exercise {
  using folder = new ExerciseFolder(fields);
  return folder.load();
}
