// Waiting with a limit.

/** Resolves when `done` has settled or after `ms`, whichever is first. */
export async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done.catch(() => undefined), limit]);
  clearTimeout(timer);
}
