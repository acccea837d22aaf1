// A learner's results for other programs: Exercism's results format, the whole export, and CSV.
import { z } from 'zod';
import type { Exercise } from '../grading/index.ts';
import { verdictSchema, type ProgressExport, type Results, type VerdictMessage } from '../protocol/index.ts';
import type { ExerciseProgress, Store } from '../store/index.ts';

const STATUS: Record<VerdictMessage['state'], Results['status']> = { passed: 'pass', failed: 'fail', pending: 'fail', error: 'error' };

/** The verdicts of an attempt in the form of Exercism's results, version 3: an objective is a test and a task. */
export function resultsOf(exercise: Exercise, verdicts: readonly unknown[] | undefined): Results {
  const known = z.array(verdictSchema).safeParse(verdicts ?? []);
  const byObjective = new Map((known.success ? known.data : []).map((verdict) => [verdict.objective, verdict]));
  const tests = exercise.objectives.map((objective, index): Results['tests'][number] => {
    const verdict = byObjective.get(objective.id);
    const status = verdict ? STATUS[verdict.state] : 'fail';
    const words = [verdict?.found && `Found: ${verdict.found}.`, verdict?.next].filter(Boolean).join(' ');
    return {
      name: objective.title,
      status,
      message: status === 'pass' ? null : words || 'Not reached yet.',
      test_code: verdict?.expected ?? objective.title,
      task_id: index + 1,
    };
  });
  const status = tests.some((test) => test.status === 'error') ? 'error' : tests.every((test) => test.status === 'pass') ? 'pass' : 'fail';
  return { version: 3, status, message: null, tests };
}

export async function exportProgress(
  store: Store,
  exercises: ReadonlyMap<string, Exercise>,
  learner: string,
  now: number,
): Promise<ProgressExport> {
  const progress = await store.progressOf(learner);
  const rows = await Promise.all(
    progress.map(async (row) => {
      const exercise = exercises.get(row.exercise);
      // An exercise that is no longer part of the guide has no objectives to report on.
      return exercise
        ? [{ ...described(row, exercise), results: resultsOf(exercise, await store.bestVerdicts(learner, row.exercise)) }]
        : [];
    }),
  );
  const certificates = await store.certificatesOf(learner);
  return {
    exportedAt: new Date(now).toISOString(),
    exercises: rows.flat(),
    certificates: certificates.map(({ chapter, token }) => ({ chapter, token })),
  };
}

function described(row: ExerciseProgress, exercise: Exercise): Omit<ProgressExport['exercises'][number], 'results'> {
  return {
    exercise: row.exercise,
    title: exercise.definition.title,
    score: row.score,
    outOf: row.outOf,
    attempts: row.attempts,
    passedAt: row.passedAt === null ? null : new Date(row.passedAt).toISOString(),
  };
}

/** One row an objective, as RFC 4180 wants it. */
export function toCsv({ exercises }: ProgressExport): string {
  const header = ['exercise', 'title', 'score', 'out_of', 'attempts', 'passed_at', 'objective', 'status', 'message'];
  const rows = exercises.flatMap((one) =>
    one.results.tests.map((test) => [
      one.exercise,
      one.title,
      String(one.score),
      String(one.outOf),
      String(one.attempts),
      one.passedAt ?? '',
      test.name,
      test.status,
      test.message ?? '',
    ]),
  );
  return [header, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

function field(text: string): string {
  // A cell that begins with one of these is a formula to a spreadsheet; what a learner named must not become one.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
