// What ends the program with a sentence for its user.

/** A refusal with a stable code; `main.ts` prints it and exits with 1. */
export class CliFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What went wrong, in one or two lines: refusals of our own, AWS's errors with their code, and the usual reasons why there was no answer. */
export function describeFailure(error: unknown): string {
  if (error instanceof CliFailure) {
    return error.message;
  }
  if (!(error instanceof Error)) {
    return String(error);
  }
  if (error.name === 'CredentialsProviderError') {
    return 'There are no credentials. Store them with `ecs-cli configure profile --access-key … --secret-key …`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
  }
  if (error.message === 'Region is missing') {
    return 'There is no region. Give --region, set AWS_REGION, or store one with `ecs-cli configure --cluster … --region …`.';
  }
  if ('code' in error && error.code === 'ECONNREFUSED') {
    return `AWS does not answer: nothing listens at ${'address' in error ? String(error.address) : 'the endpoint'}${'port' in error ? `:${String(error.port)}` : ''}.`;
  }
  return '$metadata' in error ? `${error.name}: ${error.message}` : error.message;
}

/** Whether an error is the service's own, by its name. */
export function isServiceError(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
