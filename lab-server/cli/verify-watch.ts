// `dockside verify --watch`: proves exercises again whenever a file of theirs is saved, and shows what is wrong in one that cannot be read.
import { watch } from 'node:fs/promises';
import { SystemClock } from '../base/index.ts';
import type { Config } from '../config.ts';
import { onInterruption } from './interruption.ts';
import { describeFailure } from './output.ts';
import { verify } from './verify.ts';

/** Editors write a file in several steps; one run after this pause sees them all. */
const QUIET_MS = 200;

/** Proves the named exercises (or those that change, where none is named) until interrupted. */
export async function watchExercises(
  config: Config,
  names: readonly string[],
  options: { jobs?: number; quick: boolean; json: boolean },
): Promise<void> {
  using interruption = onInterruption();
  const { signal } = interruption;
  const clock = new SystemClock();
  const changed = new Set<string>();
  let wake = Promise.withResolvers<void>();
  const following = follow(config.exercisesFolder, signal, (slug) => {
    if (names.length === 0 || names.includes(slug)) {
      changed.add(slug);
      wake.resolve();
    }
  });
  names.forEach((name) => changed.add(name));
  console.log(names.length === 0 ? 'Waiting for a change in an exercise. Ctrl+C ends this.' : 'Ctrl+C ends this.');
  while (!signal.aborted) {
    if (changed.size === 0) {
      wake = Promise.withResolvers();
      await Promise.race([wake.promise, interruption.asked]);
      await clock.sleep(QUIET_MS, signal).catch(() => {});
      continue;
    }
    const slugs = [...changed];
    changed.clear();
    console.log(`\n${new Date(clock.now()).toLocaleTimeString()}  ${slugs.join(', ')}`);
    await verify(config, slugs, options).catch((error: unknown) => console.log(describeFailure(error)));
  }
  await following;
}

async function follow(folder: string, signal: AbortSignal, onChange: (slug: string) => void): Promise<void> {
  try {
    for await (const { filename } of watch(folder, { recursive: true, signal })) {
      const [slug] = (filename ?? '').split(/[/\\]/);
      if (slug !== undefined && slug !== '') {
        onChange(slug);
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      throw new Error(`the folder ${folder} cannot be watched`, { cause: error });
    }
  }
}
