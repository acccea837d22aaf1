// `dockside verify`: proves exercises in real labs. Untouched, nothing passes; the solution passes all; each mistake gets its verdict.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, messageOf, SystemClock } from '../base/index.ts';
import type { Config } from '../config.ts';
import { createDrivers } from '../drivers.ts';
import { type Exercise, type Grade, type Verdict } from '../grading/index.ts';
import { Lab } from '../labs/index.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import type { Workspace, WorkspaceDriver } from '../workspaces/workspace.ts';
import { findExercises } from './exercises.ts';
import { duration } from './output.ts';
import { requireKubectl } from './required-kubectl.ts';

/** A script of an exercise, and the verdicts after it, get this long. */
const SCRIPT_TIMEOUT_MS = 120_000;
const VERDICT_TIMEOUT_MS = 60_000;

interface Trial {
  exercise: Exercise;
  name: string;
  script?: string;
  /** What is wrong with a grade; undefined when it is as it must be. */
  complaint(grade: Grade): string | undefined;
}

export interface TrialResult {
  exercise: string;
  run: string;
  ok: boolean;
  ms: number;
  /** What went otherwise than it must. */
  message?: string;
}

/** Verifies the named exercises, or all. Prints a line per trial; resolves to whether every one went as it must. */
export async function verify(config: Config, names: readonly string[], options: { jobs?: number; json: boolean }): Promise<boolean> {
  const exercises = findExercises(config.exercisesFolder, names);
  if (exercises.some(({ definition }) => definition.sandboxes.includes('kubernetes'))) {
    requireKubectl(config.path);
  }
  const trials = exercises.flatMap(trialsOf);
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
  console.log(options.json ? JSON.stringify({ runs: results }) : `\n${results.length - failed} passed, ${failed} failed`);
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
  const folder = mkdtempSync(join(tmpdir(), 'dockside-verify-'));
  const clock = new SystemClock();
  const drivers = createDrivers({ ...config, dataFolder: folder }, { clock, warn: (message) => console.error(message) });
  try {
    const workspaceDriver = await drivers.chooseWorkspace();
    const bench = { folder, clock, workspaceDriver, sandboxDrivers: drivers.sandboxDrivers, limits: config.workspaceLimits, verdictMs };
    const results: TrialResult[] = [];
    const queue = trials.entries();
    await Promise.all(
      Array.from({ length: Math.min(jobs, trials.length) }, async () => {
        for (const [index, trial] of queue) {
          const startedAt = performance.now();
          const message = await runTrial(bench, trial, index).catch((error: unknown) => messageOf(error));
          const result = {
            exercise: trial.exercise.slug,
            run: trial.name,
            ok: message === undefined,
            ms: performance.now() - startedAt,
            message,
          };
          results.push(result);
          report(result);
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

/** What an exercise must prove. */
export function trialsOf(exercise: Exercise): Trial[] {
  const untouched: Trial = { exercise, name: 'untouched passes nothing', complaint: (grade) => complainAboutUntouched(grade) };
  const solution: Trial = { exercise, name: 'the solution passes', script: exercise.solution, complaint: complainAboutSolution };
  const mistakes = exercise.mistakes.map((mistake): Trial => ({
    exercise,
    name: `${mistake.script} gets its verdict`,
    script: mistake.text,
    complaint: (grade) => complainAboutMistake(grade, mistake.verdict),
  }));
  return [untouched, solution, ...mistakes];
}

interface Bench {
  folder: string;
  clock: Clock;
  workspaceDriver: WorkspaceDriver;
  sandboxDrivers: readonly SandboxDriver[];
  limits: Config['workspaceLimits'];
  verdictMs: number;
}

async function runTrial(bench: Bench, trial: Trial, index: number): Promise<string | undefined> {
  const { exercise } = trial;
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
  try {
    await lab.open();
    // The first look is over before anything is touched: checks that fail on an empty sandbox show here.
    const before = await lab.check();
    const early = complainAboutErrors(before.verdicts) ?? (trial.script === undefined ? trial.complaint(before) : undefined);
    if (early !== undefined || trial.script === undefined) {
      return early;
    }
    const output = await runScript(lab.workspace, trial.script);
    const complaint = await settle(lab, trial, bench);
    return complaint === undefined ? undefined : [complaint, ...problems, output].filter((text) => text !== '').join('\n');
  } finally {
    await lab.close();
  }
}

async function runScript(workspace: Workspace, script: string): Promise<string> {
  const result = await workspace.run(['bash', '-s'], { stdin: script, timeoutMs: SCRIPT_TIMEOUT_MS, maxOutputBytes: 64 * 1024 });
  const end = result.timedOut ? 'it did not end in time' : result.exitCode === 0 ? '' : `it ended with exit code ${result.exitCode}`;
  return [end, result.stdout.trim(), result.stderr.trim()].filter((text) => text !== '').join('\n');
}

/** Waits until the grader's verdicts are as they must be; resolves to what is still wrong when time is up. */
async function settle(lab: Lab, trial: Trial, { clock, verdictMs }: Bench): Promise<string | undefined> {
  const settled = Promise.withResolvers<void>();
  const look = (): void => {
    if (trial.complaint(lab.grade) === undefined) {
      settled.resolve();
    }
  };
  using _grades = lab.subscribe((event) => event.type === 'grade' && look());
  using _deadline = clock.schedule(verdictMs, () => settled.resolve());
  await lab.check();
  look();
  await settled.promise;
  return trial.complaint(lab.grade);
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
