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

export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocumentException', message);
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationError', message, { status: 400 });
}
