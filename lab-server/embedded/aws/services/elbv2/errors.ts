// The words of Elastic Load Balancing for what goes wrong.
import { AwsError } from '../../gateway/errors.ts';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** "1 validation error detected: Value 'x' at 'type' failed to satisfy constraint: …" */
export function notOneOf(value: string, member: string, allowed: readonly string[]): AwsError {
  return validationError(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  );
}

export const balancerNotFound = (): AwsError => new AwsError('LoadBalancerNotFoundException', 'One or more load balancers not found');
export const listenerNotFound = (): AwsError => new AwsError('ListenerNotFoundException', 'One or more listeners not found');
export const ruleNotFound = (): AwsError => new AwsError('RuleNotFoundException', 'One or more rules not found');
export const groupNotFound = (message = 'One or more target groups not found'): AwsError =>
  new AwsError('TargetGroupNotFoundException', message);
