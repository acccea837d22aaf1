// Secrets of containers: values out of Parameter Store and Secrets Manager, fetched with the task's execution role before it starts.
import { messageOf } from '../../../../../base/index.ts';
import { AwsError } from '../../../gateway/errors.ts';
import { parseArn, type Scope } from '../../scope.ts';
import type { AwsContext, Principal } from '../../service.ts';
import type { ContainerDefinition, Task, TaskDefinition } from '../state.ts';
import { executionPrincipal } from './execution-role.ts';
import { TaskFailure } from './failure.ts';
import { scopeOf } from './record.ts';

/** Values by the names of environment variables. Throws TaskFailure (ResourceInitializationError). */
export async function secretsOf(
  container: ContainerDefinition,
  context: AwsContext,
  task: Task,
  definition: TaskDefinition,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  if (!container.secrets?.length) {
    return values;
  }
  const scope = scopeOf(task.taskArn ?? '');
  const principal = executionPrincipal(task, definition, context) ?? rolePrincipal(scope, undefined);
  for (const { name = '', valueFrom = '' } of container.secrets ?? []) {
    values[name] = await valueOf(valueFrom, context, scope, principal);
  }
  return values;
}

async function valueOf(reference: string, context: AwsContext, scope: Scope, principal: Principal): Promise<string> {
  const as = { principal, region: parseArn(reference)?.region ?? scope.region };
  return parseArn(reference)?.service === 'secretsmanager'
    ? await fromSecretsManager(reference, context, as)
    : await fromParameterStore(reference, context, as);
}

async function fromParameterStore(reference: string, context: AwsContext, as: { principal: Principal; region: string }): Promise<string> {
  try {
    const answer = (await context.call('ssm', 'GetParameters', { Names: [reference], WithDecryption: true }, as)) as {
      Parameters?: { Value?: string }[];
    };
    const found = answer.Parameters?.[0];
    if (!found) {
      throw new Error(`invalid parameters: ${reference}`);
    }
    return found.Value ?? '';
  } catch (error) {
    throw new TaskFailure(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${causeOf(error)}`,
      { cause: error },
    );
  }
}

/** `ARN`, or `ARN:json-key:version-stage:version-id` with empty parts left out. */
async function fromSecretsManager(reference: string, context: AwsContext, as: { principal: Principal; region: string }): Promise<string> {
  const parts = reference.split(':');
  const secretArn = parts.slice(0, 7).join(':');
  const [key = '', stage = '', version = ''] = parts.slice(7);
  try {
    const answer = (await context.call(
      'secretsmanager',
      'GetSecretValue',
      { SecretId: secretArn, ...(stage ? { VersionStage: stage } : {}), ...(version ? { VersionId: version } : {}) },
      as,
    )) as { SecretString?: string };
    return key === '' ? (answer.SecretString ?? '') : jsonKey(answer.SecretString ?? '', key, secretArn);
  } catch (error) {
    throw new TaskFailure(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${secretArn} from secrets manager: ${causeOf(error)}`,
      { cause: error },
    );
  }
}

function jsonKey(text: string, key: string, secretArn: string): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`invalid character in the JSON of secret ${secretArn}`);
  }
  const value: unknown =
    typeof document === 'object' && document !== null && Object.hasOwn(document, key)
      ? (document as Record<string, unknown>)[key]
      : undefined;
  if (value === undefined) {
    throw new Error(`retrieved secret from Secrets Manager did not contain json key ${key}`);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function causeOf(error: unknown): string {
  return error instanceof AwsError ? `${error.code}: ${error.message}` : messageOf(error);
}

/** The session in which ECS acts for itself, with every right that its service-linked role needs. */
export function rolePrincipal(scope: Scope, roleArn: string | undefined): Principal {
  return {
    account: scope.account,
    arn: roleArn ?? `arn:aws:iam::${scope.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    userId: 'AROAECSTASK:ecs',
    accessKeyId: '',
    isRoot: true,
  };
}
