// EC2's own words for what goes wrong (user guide, "Error codes for the Amazon EC2 API").
import { AwsError } from '../../gateway/errors.ts';

/** `InvalidSubnetID.NotFound`: "The subnet ID 'subnet-1' does not exist". */
export function notFound(code: string, what: string, id: string): AwsError {
  return new AwsError(code, `The ${what} '${id}' does not exist`);
}

export function vpcNotFound(id: string): AwsError {
  return notFound('InvalidVpcID.NotFound', 'vpc ID', id);
}

export function subnetNotFound(id: string): AwsError {
  return notFound('InvalidSubnetID.NotFound', 'subnet ID', id);
}

export function groupNotFound(id: string): AwsError {
  return notFound('InvalidGroup.NotFound', 'security group', id);
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}

export function missing(parameter: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${parameter}`);
}

export function inUse(message: string): AwsError {
  return new AwsError('DependencyViolation', message);
}
