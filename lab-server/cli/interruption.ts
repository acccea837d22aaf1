// One way to stop: the first SIGINT or SIGTERM asks for an orderly end, the second does not wait for it.

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly asked: Promise<void>;
}

export function onInterruption(): Interruption {
  const abort = new AbortController();
  const asked = Promise.withResolvers<void>();
  function stop(): void {
    if (abort.signal.aborted) {
      process.exit(130);
    }
    abort.abort(new Error('interrupted'));
    asked.resolve();
  }
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: abort.signal,
    asked: asked.promise,
    [Symbol.dispose]() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
