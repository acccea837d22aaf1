// IAM's own words for what goes wrong (API reference, each action's errors).
import { AwsError } from '../../gateway/errors.ts';

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntityException', message);
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExistsException', message);
}

export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflictException', message);
}

export function limitExceeded(quota: string, most: number): AwsError {
  return new AwsError('LimitExceededException', `Cannot exceed quota for ${quota}: ${most}`);
}

export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocumentException', message);
}

export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInputException', message);
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationError', message, { status: 400 });
}

/** Several broken constraints in one answer, as the service's front end words them. */
export function constraints(broken: readonly string[]): AwsError {
  const noun = broken.length === 1 ? 'error' : 'errors';
  return validation(`${broken.length} validation ${noun} detected: ${broken.join('; ')}`);
}

/** `Value 'x' at 'y' failed to satisfy constraint: …` */
export function constraint(value: string, member: string, rule: string): string {
  return `Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`;
}
