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
