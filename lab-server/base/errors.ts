// Errors for the person who must act: a stable code, one sentence that says what, where, what is allowed and what to do.

/**
 * The base of every error that is meant to be read. `code` is permanent and never reused (`<FAMILY>_<PROBLEM>`);
 * `status` is the HTTP status under which the server reports it.
 */
export class DocksideError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DocksideError';
    this.code = code;
    this.status = options.status ?? 500;
  }
}

/** Whether `error` is one of ours, and optionally whether it has the given code. */
export function isDocksideError(error: unknown, code?: string): error is DocksideError {
  return error instanceof DocksideError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
