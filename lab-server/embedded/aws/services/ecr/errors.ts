// ECR's own words for what goes wrong (API reference, each action's errors).
import { AwsError } from '../../gateway/errors.ts';

export function repositoryNotFound(name: string, registry: string): AwsError {
  return new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
  );
}

export function imageNotFound(id: { imageDigest?: string; imageTag?: string }, repository: string, registry: string): AwsError {
  return new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${imageIdText(id)} does not exist within the repository with name '${repository}' in the registry with id '${registry}'`,
  );
}

export function imageIdText({ imageDigest, imageTag }: { imageDigest?: string; imageTag?: string }): string {
  const quoted = (text: string | undefined): string => `'${text ?? 'null'}'`;
  return `{imageDigest:${quoted(imageDigest)}, imageTag:${quoted(imageTag)}}`;
}

export function invalidParameter(member: string, problem: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter at '${member}' failed to satisfy constraint: '${problem}'`);
}
