// Exercises that a command was asked for by name.
import { DocksideError } from '../base/index.ts';
import type { Exercise } from '../grading/index.ts';

/** The named exercises, or all of them where none is named. Throws `EXERCISE_UNKNOWN`. */
export function findExercises(exercises: ReadonlyMap<string, Exercise>, names: readonly string[]): Exercise[] {
  if (names.length === 0) {
    return [...exercises.values()];
  }
  return names.map((name) => {
    const exercise = exercises.get(name);
    if (!exercise) {
      throw new DocksideError('EXERCISE_UNKNOWN', `There is no exercise ${name}. There are: ${[...exercises.keys()].join(', ')}.`);
    }
    return exercise;
  });
}
