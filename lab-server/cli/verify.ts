// `dockside verify`: proves exercises and lessons in real labs. Untouched, nothing passes; the solution passes all; each mistake gets its
// verdict; each block of a lesson prints what the lesson shows.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, DocksideError, messageOf, SystemClock } from '../base/index.ts';
import type { Config } from '../config.ts';
import { createDrivers } from '../drivers.ts';
import { type Exercise, type Grade, type Verdict } from '../grading/index.ts';
import { Lab } from '../labs/index.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import type { Workspace, WorkspaceDriver } from '../workspaces/workspace.ts';
import { findExercises } from './exercises.ts';
import { findLessons, type NamedLesson } from './lessons/find-lessons.ts';
import { runLesson } from './lessons/run-lesson.ts';
import { onInterruption } from './interruption.ts';
import { duration } from './output.ts';
import { requireKubectl } from './required-kubectl.ts';

/** A script of an exercise, and the verdicts after it, get this long. */
const SCRIPT_TIMEOUT_MS = 120_000;
const VERDICT_TIMEOUT_MS = 60_000;

/** Something to prove in a lab of its own. */
export interface Trial {
  /** What it is about: an exercise, or a lesson. */
  subject: string;
  exercise: Exercise;
  /** What is proved, in order; each is undefined where all is as it must be, else what is wrong. */
  prove(lab: Lab, bench: Bench): AsyncIterable<{ run: string; message: string | undefined }>;
}

export interface TrialResult {
  exercise: string;
  run: string;
  ok: boolean;
  ms: number;
  /** What went otherwise than it must. */
  message?: string;
}

/** Verifies the named exercises and lessons, or all. Prints a line per proof; resolves to whether every one went as it must. */
export async function verify(
  config: Config,
  names: readonly string[],
  options: { jobs?: number; quick: boolean; json: boolean },
): Promise<boolean> {
  const lessonNames = names.filter((name) => name.includes('/'));
  const exerciseNames = names.filter((name) => !name.includes('/'));
  const exercises = names.length === 0 || exerciseNames.length > 0 ? findExercises(config.exercisesFolder, exerciseNames) : [];
  const lessons = names.length === 0 || lessonNames.length > 0 ? findLessons(config.lessonsFolder, lessonNames) : [];
  const lessonTrials = lessons.flatMap((lesson) => trialsOfLesson(lesson, config.exercisesFolder));
  if (exercises.some(({ definition }) => definition.sandboxes.includes('kubernetes'))) {
    requireKubectl(config.path);
  }
  const all = exercises.flatMap(trialsOf);
  const trials = [...(options.quick ? exercises.flatMap(quickTrialsOf) : all), ...lessonTrials];
  const left = all.length + lessonTrials.length - trials.length;
  const jobs = options.jobs ?? availableParallelism() + 1;
  const results = await runTrials(config, trials, { jobs, verdictMs: VERDICT_TIMEOUT_MS }, (result) => {
    if (!options.json) {
      console.log(`${result.ok ? 'ok  ' : 'FAIL'} ${result.exercise}: ${result.run} (${duration(result.ms)})`);
      if (result.message !== undefined) {
        console.log(result.message.replaceAll(/^/gm, '     '));
      }
    }
  });
  const failed = results.filter((result) => !result.ok).length;
  const leftText = left === 0 ? '' : `, ${left} mistakes not tried`;
  console.log(options.json ? JSON.stringify({ runs: results, left }) : `\n${results.length - failed} passed, ${failed} failed${leftText}`);
  return failed === 0;
}

export interface TrialOptions {
  /** Labs at a time. */
  jobs: number;
  /** How long the verdicts get to become what they must be, in milliseconds. */
  verdictMs: number;
}

/** Runs trials, each in a lab of its own. */
export async function runTrials(
  config: Config,
  trials: readonly Trial[],
  { jobs, verdictMs }: TrialOptions,
  report: (result: TrialResult) => void,
): Promise<TrialResult[]> {
  // Labs are closed on Ctrl+C as well: on a real cluster what is left costs money.
  using interruption = onInterruption();
  const { signal } = interruption;
  const folder = mkdtempSync(join(tmpdir(), 'dockside-verify-'));
  const clock = new SystemClock();
  const drivers = createDrivers({ ...config, dataFolder: folder }, { clock, warn: (message) => console.error(message) });
  try {
    const workspaceDriver = await drivers.chooseWorkspace();
    const { sandboxDrivers } = drivers;
    const bench = { folder, clock, workspaceDriver, sandboxDrivers, limits: config.workspaceLimits, verdictMs, signal };
    const results: TrialResult[] = [];
    const queue = trials.entries();
    await Promise.all(
      Array.from({ length: Math.min(jobs, trials.length) }, async () => {
        for (const [index, trial] of queue) {
          if (signal.aborted) {
            return;
          }
          for await (const result of runTrial(bench, trial, index)) {
            results.push(result);
            report(result);
          }
        }
      }),
    );
    return results;
  } finally {
    await drivers.ptyHost.shutdown();
    await drivers[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What an exercise must prove. The lab that shows that nothing passes untouched is the one in which the solution runs. */
export function trialsOf(exercise: Exercise): Trial[] {
  const solution: Trial = {
    subject: exercise.slug,
    exercise,
    async *prove(lab, bench) {
      const before = await lab.check();
      yield { run: 'untouched passes nothing', message: complainAboutErrors(before.verdicts) ?? complainAboutUntouched(before) };
      yield { run: 'the solution passes', message: await proveScript(lab, bench, exercise.solution, complainAboutSolution) };
    },
  };
  const mistakes = exercise.mistakes.map(({ script, text, verdict }): Trial => ({
    subject: exercise.slug,
    exercise,
    async *prove(lab, bench) {
      yield {
        run: `${script} gets its verdict`,
        message: await proveScript(lab, bench, text, (grade) => complainAboutMistake(grade, verdict)),
      };
    },
  }));
  return [solution, ...mistakes];
}

/** Of exercises with an ECS sandbox the first mistake alone: `aws` takes most of a second of processor time each time it starts, and every script starts it often. */
function quickTrialsOf(exercise: Exercise): Trial[] {
  const trials = trialsOf(exercise);
  return exercise.definition.sandboxes.includes('ecs') ? trials.slice(0, 2) : trials;
}

/** What a lesson must prove; nothing, where it has no block to run. */
export function trialsOfLesson({ name, file, lesson }: NamedLesson, exercisesFolder: string): Trial[] {
  const runs = lesson.blocks.filter((block) => block.type === 'run').length;
  if (runs === 0) {
    return [];
  }
  if (lesson.exercise === undefined) {
    throw new DocksideError('LESSON_INVALID', `${file}:1: exercise: a lesson with blocks to run needs the exercise whose lab they run in`);
  }
  const [exercise] = findExercises(exercisesFolder, [lesson.exercise]);
  return exercise === undefined
    ? []
    : [
        {
          subject: name,
          exercise,
          async *prove(lab, { clock }) {
            yield { run: `${runs} blocks print what is shown`, message: await runLesson(lab.workspace, lesson, file, clock) };
          },
        },
      ];
}

interface Bench {
  folder: string;
  clock: Clock;
  workspaceDriver: WorkspaceDriver;
  sandboxDrivers: readonly SandboxDriver[];
  limits: Config['workspaceLimits'];
  verdictMs: number;
  /** Aborted when the person does not want to wait any longer. */
  signal: AbortSignal;
}

async function* runTrial(bench: Bench, trial: Trial, index: number): AsyncGenerator<TrialResult> {
  const { exercise, subject } = trial;
  const problems: string[] = [];
  const lab = new Lab({
    id: `verify${String(index).padStart(14, '0')}`,
    learnerId: 'verify',
    exercise,
    folder: join(bench.folder, 'labs', String(index)),
    clock: bench.clock,
    rules: { idleMs: 3_600_000, lifeMs: 3_600_000 },
    expiresAt: bench.clock.now() + 3_600_000,
    sandboxDrivers: bench.sandboxDrivers.filter((driver) => exercise.definition.sandboxes.includes(driver.platform)),
    workspaceDriver: bench.workspaceDriver,
    limits: bench.limits,
    onProblem: (problem, error) => problems.push(`${problem}: ${messageOf(error)}`),
  });
  let startedAt = performance.now();
  try {
    await lab.open();
    for await (const { run, message } of trial.prove(lab, bench)) {
      const text = message === undefined ? undefined : [message, ...problems].join('\n');
      yield { exercise: subject, run, ok: message === undefined, ms: performance.now() - startedAt, message: text };
      startedAt = performance.now();
    }
  } catch (error) {
    yield { exercise: subject, run: 'can be tried', ok: false, ms: performance.now() - startedAt, message: messageOf(error) };
  } finally {
    await lab.close();
  }
}

/** Runs a script as a learner would, and waits until the grade is as it must be; resolves to what is wrong then. */
async function proveScript(
  lab: Lab,
  bench: Bench,
  script: string,
  complain: (grade: Grade) => string | undefined,
): Promise<string | undefined> {
  const output = await runScript(lab.workspace, script, bench.signal);
  const complaint = await settle(lab, complain, bench);
  return complaint === undefined ? undefined : [complaint, output].filter((text) => text !== '').join('\n');
}

async function runScript(workspace: Workspace, script: string, signal: AbortSignal): Promise<string> {
  const options = { stdin: script, timeoutMs: SCRIPT_TIMEOUT_MS, maxOutputBytes: 64 * 1024, signal };
  const result = await workspace.run(['bash', '-s'], options);
  const end = result.timedOut ? 'it did not end in time' : result.exitCode === 0 ? '' : `it ended with exit code ${result.exitCode}`;
  return [end, result.stdout.trim(), result.stderr.trim()].filter((text) => text !== '').join('\n');
}

/** Waits until the grader's verdicts are as they must be; resolves to what is still wrong when time is up. */
async function settle(
  lab: Lab,
  complain: (grade: Grade) => string | undefined,
  { clock, verdictMs, signal }: Bench,
): Promise<string | undefined> {
  const settled = Promise.withResolvers<void>();
  const look = (): void => {
    if (complain(lab.grade) === undefined) {
      settled.resolve();
    }
  };
  using _grades = lab.subscribe((event) => event.type === 'grade' && look());
  using _deadline = clock.schedule(verdictMs, () => settled.resolve());
  signal.addEventListener('abort', () => settled.resolve(), { once: true });
  await lab.check();
  look();
  await settled.promise;
  return complain(lab.grade);
}

function complainAboutErrors(verdicts: readonly Verdict[]): string | undefined {
  const errors = verdicts.filter((verdict) => verdict.state === 'error');
  return errors.length === 0 ? undefined : errors.map(describe).join('\n');
}

function complainAboutUntouched(grade: Grade): string | undefined {
  const passed = grade.verdicts.filter((verdict) => verdict.state === 'passed');
  return passed.length === 0 ? undefined : `passes with nothing done: ${passed.map((verdict) => verdict.objective).join(', ')}`;
}

function complainAboutSolution(grade: Grade): string | undefined {
  return grade.score === grade.outOf
    ? undefined
    : `${grade.score} of ${grade.outOf} points\n${grade.verdicts
        .filter((verdict) => verdict.state !== 'passed')
        .map(describe)
        .join('\n')}`;
}

function complainAboutMistake(grade: Grade, wanted: Exercise['mistakes'][number]['verdict']): string | undefined {
  const verdict = grade.verdicts.find((candidate) => candidate.objective === wanted.objective);
  const texts = (['expected', 'found', 'next'] as const).filter(
    (field) => wanted[field] !== undefined && !verdict?.[field]?.includes(wanted[field]),
  );
  const hinted = wanted.hint === undefined || verdict?.hints?.some((hint) => hint.includes(wanted.hint ?? ''));
  if (verdict?.state === wanted.state && texts.length === 0 && hinted) {
    return grade.score < grade.outOf ? undefined : 'the mistake passes';
  }
  const must = Object.entries(wanted).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  return `must get: ${must.join(', ')}\n${verdict === undefined ? 'there is no such verdict' : describe(verdict)}`;
}

function describe(verdict: Verdict): string {
  const texts = (['expected', 'found', 'next'] as const).flatMap((field) =>
    verdict[field] === undefined ? [] : [`${field}: ${verdict[field]}`],
  );
  texts.push(...(verdict.hints ?? []).map((hint) => `hint: ${hint}`));
  return `${verdict.objective} is ${verdict.state}${texts.length === 0 ? '' : ` (${texts.join('; ')})`}`;
}
