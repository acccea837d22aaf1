// Which program a binary of an image runs. Programs load when they are first used, so that an idle runtime stays small.
import type { Program } from '../processes/program.ts';

type Loader = () => Promise<Program>;

const LOADERS: Readonly<Record<string, Loader>> = {
  ash: async () => (await import('./shells.ts')).ash,
  bash: async () => (await import('./shells.ts')).bash,
  busybox: async () => (await import('./busybox.ts')).busybox,
  cat: async () => (await import('./text/cat.ts')).cat,
  dash: async () => (await import('./shells.ts')).dash,
  echo: async () => (await import('./echo.ts')).echo,
  false: async () => async () => 1,
  nginx: async () => (await import('./nginx/nginx.ts')).nginx,
  'nginx-entrypoint': async () => (await import('./nginx/entrypoint.ts')).nginxEntrypoint,
  printf: async () => (await import('./printf.ts')).printf,
  sleep: async () => (await import('./sleep.ts')).sleep,
  tee: async () => (await import('./text/cat.ts')).tee,
  test: async () => (await import('./test.ts')).test,
  true: async () => async () => 0,
  yes: async () => (await import('./text/cat.ts')).yes,
};

/** The program with this name; undefined when there is none. */
export async function findProgram(name: string): Promise<Program | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]?.() : undefined;
}
