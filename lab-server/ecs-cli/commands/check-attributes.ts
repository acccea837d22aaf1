// `ecs-cli check-attributes`: what a task definition needs and container instances do not have.
import { loadEcs } from '../aws.ts';
import { clusterOf, resolveSettings, type ConnectionFlags } from '../config/settings.ts';
import { CliFailure } from '../failure.ts';
import { print, table } from '../output.ts';

export interface CheckFlags extends ConnectionFlags {
  taskDef?: string;
  containerInstances?: string;
}

export async function checkAttributes(flags: CheckFlags): Promise<void> {
  const { taskDef } = flags;
  const instances = (flags.containerInstances ?? '').split(',').filter(Boolean);
  if (taskDef === undefined || instances.length === 0) {
    throw new CliFailure(
      'ECS_CLI_FLAG_MISSING',
      'check-attributes needs --task-def and --container-instances (ARNs or IDs, with commas between them).',
    );
  }
  const settings = resolveSettings(flags);
  const cluster = clusterOf(settings);
  const { sdk, client } = await loadEcs(settings);
  const [definition, described] = await Promise.all([
    client.send(new sdk.DescribeTaskDefinitionCommand({ taskDefinition: taskDef })),
    client.send(new sdk.DescribeContainerInstancesCommand({ cluster, containerInstances: instances })),
  ]);
  const unknown = described.failures?.[0];
  if (unknown) {
    throw new CliFailure(
      'ECS_CLI_NO_INSTANCE',
      `${unknown.arn ?? 'A container instance'} is not in the cluster ${cluster} (${unknown.reason ?? 'MISSING'}).`,
    );
  }
  const wanted = (definition.taskDefinition?.requiresAttributes ?? []).flatMap(({ name }) => name ?? []);
  const rows = (described.containerInstances ?? []).map((instance) => {
    const has = new Set(instance.attributes?.map(({ name }) => name));
    const missing = wanted.filter((name) => !has.has(name));
    return [(instance.containerInstanceArn ?? '').split('/').at(-1) ?? '', missing.length === 0 ? 'None' : missing.join(', ')];
  });
  print(table(['Container Instance', 'Missing Attributes'], rows));
}
