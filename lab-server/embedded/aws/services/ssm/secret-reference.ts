// Parameters that stand for secrets: `/aws/reference/secretsmanager/NAME` reads Secrets Manager with the caller's own rights.
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import type { Call, Timestamped } from '../service.ts';
import { arnOf, validation } from './parameter.ts';

const PREFIX = '/aws/reference/secretsmanager/';

interface SecretValue {
  ARN?: string;
  Name?: string;
  SecretString?: string;
  SecretBinary?: Uint8Array;
  CreatedDate?: number;
}

export function isSecretReference(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** The secret as a parameter of type SecureString. Throws ValidationException without decryption, ParameterNotFound. */
export async function secretParameter(name: string, decrypt: boolean, call: Call): Promise<Timestamped<sdk.Parameter>> {
  if (!decrypt) {
    throw validation('WithDecryption flag must be True for retrieving a Secret Manager secret.');
  }
  const [id = '', selector] = name.slice(PREFIX.length).split(':');
  const isStage = selector?.startsWith('AWS') ?? false;
  const wanted = selector === undefined ? {} : isStage ? { VersionStage: selector } : { VersionId: selector };
  const as = { principal: call.principal, region: call.region };
  try {
    const value = (await call.call('secretsmanager', 'GetSecretValue', { SecretId: id, ...wanted }, as)) as SecretValue;
    const described = (await call.call('secretsmanager', 'DescribeSecret', { SecretId: id }, as)) as Record<string, unknown>;
    return {
      Name: value.Name,
      Type: 'SecureString',
      Value: value.SecretString ?? Buffer.from(value.SecretBinary ?? []).toString('base64'),
      Version: 0,
      SourceResult: JSON.stringify({ ...described, ...value }),
      LastModifiedDate: value.CreatedDate,
      ARN: arnOf(call, name),
    };
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') {
      throw new AwsError(
        'ParameterNotFound',
        `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name} not found.`,
      );
    }
    throw error;
  }
}
