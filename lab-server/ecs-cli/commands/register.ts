// Registering a project's task definition, once for each content: a revision that is there already is used again.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { loadLogs, type Ecs } from '../aws.ts';
import type { Project } from '../compose/project.ts';
import { CliFailure, isServiceError } from '../failure.ts';
import { debug, info, warn } from '../output.ts';
import { afterSlash } from './containers.ts';

/** The task definition of the project, registered now or earlier. */
export async function register(ecs: Ecs, project: Project): Promise<TaskDefinition> {
  if (project.flags.createLogGroups) {
    await createLogGroups(project);
  }
  const known = await registered(ecs, project);
  if (known) {
    info('Using ECS task definition', { TaskDefinition: afterSlash(known.taskDefinitionArn) });
    return known;
  }
  const { taskDefinition } = await ecs.client.send(new ecs.sdk.RegisterTaskDefinitionCommand(project.taskDefinition));
  if (!taskDefinition?.taskDefinitionArn) {
    throw new CliFailure('ECS_CLI_ANSWER', 'AWS registered the task definition and did not say its ARN.');
  }
  remember(fingerprint(project), taskDefinition.taskDefinitionArn);
  info('Using ECS task definition', { TaskDefinition: afterSlash(taskDefinition.taskDefinitionArn) });
  return taskDefinition;
}

/** The newest revision of the family, when it is what this content was registered as. */
async function registered({ sdk, client }: Ecs, project: Project): Promise<TaskDefinition | undefined> {
  const arn = memory()[fingerprint(project)];
  if (arn === undefined) {
    return undefined;
  }
  try {
    const { taskDefinition } = await client.send(new sdk.DescribeTaskDefinitionCommand({ taskDefinition: project.taskDefinition.family }));
    // An endpoint that has been emptied hands out the same ARN again: the names tell whether it is still the same content.
    const names = taskDefinition?.containerDefinitions?.map((container) => `${container.name} ${container.image}`).join();
    const wanted = project.taskDefinition.containerDefinitions?.map((container) => `${container.name} ${container.image}`).join();
    return taskDefinition?.taskDefinitionArn === arn && names === wanted ? taskDefinition : undefined;
  } catch (error) {
    if (isServiceError(error, 'ClientException')) {
      return undefined;
    }
    throw error;
  }
}

async function createLogGroups({ settings, taskDefinition }: Project): Promise<void> {
  const groups = (taskDefinition.containerDefinitions ?? []).flatMap(({ logConfiguration }) =>
    logConfiguration?.logDriver === 'awslogs' && logConfiguration.options?.['awslogs-group']
      ? [{ group: logConfiguration.options['awslogs-group'], region: logConfiguration.options['awslogs-region'] }]
      : [],
  );
  if (groups.length === 0) {
    warn('--create-log-groups has nothing to create: no container logs with the awslogs driver to a group');
  }
  for (const { group, region } of groups) {
    const logs = await loadLogs({ ...settings, region: region ?? settings.region });
    try {
      await logs.client.send(new logs.sdk.CreateLogGroupCommand({ logGroupName: group }));
      info('Created Log Group', { group, region });
    } catch (error) {
      if (!isServiceError(error, 'ResourceAlreadyExistsException')) {
        throw error;
      }
      info('Log Group already exists', { group, region });
    }
  }
}

function fingerprint({ settings, taskDefinition }: Project): string {
  const where = [settings.endpoint ?? process.env.AWS_ENDPOINT_URL ?? '', settings.region ?? ''];
  const who = settings.credentials?.accessKeyId ?? process.env.AWS_ACCESS_KEY_ID ?? settings.awsProfile ?? '';
  return createHash('sha256')
    .update(JSON.stringify([...where, who, taskDefinition]))
    .digest('hex');
}

function memoryFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? homedir(), '.cache'), 'ecs-cli');
}

/** What was registered, by its fingerprint. A file that cannot be read costs a new revision, nothing more. */
function memory(): Record<string, string> {
  try {
    const value = JSON.parse(readFileSync(join(memoryFolder(), 'task-definitions.json'), 'utf8')) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

function remember(key: string, arn: string): void {
  try {
    mkdirSync(memoryFolder(), { recursive: true });
    writeFileSync(join(memoryFolder(), 'task-definitions.json'), JSON.stringify({ ...memory(), [key]: arn }), { mode: 0o600 });
  } catch (error) {
    debug('The registered task definition is not remembered', { reason: error instanceof Error ? error.message : String(error) });
  }
}
