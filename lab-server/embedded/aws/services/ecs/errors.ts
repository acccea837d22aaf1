// ECS's own words for what goes wrong (API reference, Common errors and each action's errors).
import { AwsError } from '../../gateway/errors.ts';

export function clientException(message: string): AwsError {
  return new AwsError('ClientException', message);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

export function clusterNotFound(): AwsError {
  return new AwsError('ClusterNotFoundException', 'Cluster not found.');
}

export function serviceNotFound(): AwsError {
  return new AwsError('ServiceNotFoundException', 'Service not found.');
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}
