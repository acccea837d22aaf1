// Creates many things carefully: one, then two, four, eight … so that a refusal (a full quota) is met once and not a thousand times.

export interface BatchOutcome {
  done: number;
  /** The first refusal, which ended the batch. */
  error?: unknown;
}

/** Runs `create` up to `count` times in batches that double; stops after the first batch with a failure. */
export function slowStart(count: number, create: () => void): BatchOutcome {
  let done = 0;
  for (let batch = Math.min(count, 1); batch > 0; batch = Math.min(batch * 2, count - done)) {
    let error: unknown;
    for (let index = 0; index < batch; index += 1) {
      try {
        create();
        done += 1;
      } catch (failure) {
        error ??= failure;
      }
    }
    if (error !== undefined) {
      return { done, error };
    }
  }
  return { done };
}
