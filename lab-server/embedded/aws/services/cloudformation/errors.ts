// CloudFormation's own words for what goes wrong.
import { AwsError } from '../../gateway/errors.ts';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message, { status: 400 });
}

/** A template that cannot be read or does not hang together. */
export function formatError(message: string): AwsError {
  return validationError(`Template format error: ${message}`);
}

export function templateError(message: string): AwsError {
  return validationError(`Template error: ${message}`);
}

export function noStack(name: string): AwsError {
  return validationError(`Stack with id ${name} does not exist`);
}

/** Whether a call failed because what it names does not exist. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof AwsError &&
    /NotFound|NoSuchEntity|does not exist|cannot be found|was not found/i.test(`${error.code} ${error.message}`)
  );
}

/** The outcome of taking something away: nothing to take is as good; every other failure is told. */
export async function unlessGone(taking: Promise<object>): Promise<object> {
  try {
    return await taking;
  } catch (error) {
    if (isGone(error)) {
      return {};
    }
    throw error;
  }
}
