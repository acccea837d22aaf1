// Exercises that a command was asked for by name. Those that it was not asked for may be broken while somebody writes them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DocksideError } from '../base/index.ts';
import { type Exercise, loadExercise, loadExercises } from '../grading/index.ts';

/** The named exercises of a folder, or all of them where none is named. Throws `EXERCISE_UNKNOWN`, or `EXERCISE_INVALID` with what is wrong. */
export function findExercises(folder: string, names: readonly string[]): Exercise[] {
  if (names.length === 0) {
    return [...loadExercises(folder).values()];
  }
  return names.map((name) => {
    if (name.includes('/') || name.startsWith('.') || !existsSync(join(folder, name))) {
      throw new DocksideError('EXERCISE_UNKNOWN', `There is no exercise ${name}. There are: ${readdirSync(folder).toSorted().join(', ')}.`);
    }
    return loadExercise(join(folder, name), name);
  });
}
