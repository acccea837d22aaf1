// CloudWatch Logs' words for what goes wrong, and its checks of names and limits.
import { AwsError } from '../../gateway/errors.ts';

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message);
export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);
export const exists = (message: string): AwsError => new AwsError('ResourceAlreadyExistsException', message);
export const noGroup = (): AwsError => notFound('The specified log group does not exist.');
export const noStream = (): AwsError => notFound('The specified log stream does not exist.');
export const invalidToken = (): AwsError => invalid('The specified nextToken is invalid.');

const LONGEST_NAME = 512;

export function constraint(value: unknown, member: string, rule: string): AwsError {
  return invalid(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`);
}

/** Throws InvalidParameterException for a page size above `most`. */
export function checkLimit(limit: number | undefined, most: number): void {
  if (limit !== undefined && limit > most) {
    throw constraint(limit, 'limit', `Member must have value less than or equal to ${most}`);
  }
}

export function checkGroupName(name: string): void {
  if (name.length > LONGEST_NAME) {
    throw constraint(name, 'logGroupName', `Member must have length less than or equal to ${LONGEST_NAME}`);
  }
  if (!/^[.\-_/#A-Za-z0-9]+$/.test(name)) {
    throw constraint(name, 'logGroupName', String.raw`Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`);
  }
}
