// Errors as AWS answers them. Each protocol writes them in its own form; the code and the words are AWS's.

/** An answer of AWS that is not a success. `code` is the exception's name as the service's API reference has it. */
export class AwsError extends Error {
  readonly code: string;
  /** Overrides the HTTP status that the service's model gives for `code` (400 where it has none). */
  readonly status: number | undefined;
  /** Further members of the error's shape. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.code = code;
    this.status = options.status;
    this.fields = options.fields ?? {};
  }
}

/** A request body that does not fit the operation's input. */
export function serializationError(message: string): AwsError {
  return new AwsError('SerializationException', message, { status: 400 });
}

/** The words for a call that the caller's policies do not allow (IAM user guide, "access denied error messages"); `reason` may be empty. */
export function deniedMessage(principal: string, action: string, resource: string, reason: string): string {
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource}${reason === '' ? '' : ` ${reason}`}`;
}

/** The error of such a call in the JSON protocols. */
export function accessDenied(principal: string, action: string, resource: string, reason: string): AwsError {
  return new AwsError('AccessDeniedException', deniedMessage(principal, action, resource, reason), { status: 400 });
}
