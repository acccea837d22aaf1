// Which program a binary of an image runs. Programs load when they are first used, so that an idle runtime stays small.
import type { Program } from '../processes/program.ts';

const LOADERS: Readonly<Record<string, () => Promise<Program>>> = {
  nginx: async () => (await import('./nginx/nginx.ts')).nginx,
  'nginx-entrypoint': async () => (await import('./nginx/entrypoint.ts')).nginxEntrypoint,
  sleep: async () => (await import('./sleep.ts')).sleep,
};

/** The program with this name; undefined when there is none. */
export async function findProgram(name: string): Promise<Program | undefined> {
  return LOADERS[name]?.();
}
