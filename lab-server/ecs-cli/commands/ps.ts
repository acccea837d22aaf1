// `ecs-cli ps` and the `ps` of compose and compose service.
import { loadEcs } from '../aws.ts';
import { openProject, type ComposeFlags } from '../compose/project.ts';
import { clusterOf, resolveSettings, type ConnectionFlags, type Settings } from '../config/settings.ts';
import { CliFailure } from '../failure.ts';
import { print } from '../output.ts';
import { containerTable, tasksOf, type TaskFilter } from './containers.ts';
import { serviceName } from './service-name.ts';

interface StatusFlag {
  desiredStatus?: string;
}

export async function ps(flags: ConnectionFlags & StatusFlag): Promise<void> {
  await list(resolveSettings(flags), { desiredStatus: checked(flags) });
}

export async function composePs(flags: ComposeFlags & StatusFlag): Promise<void> {
  const project = openProject(flags);
  await list(project.settings, { family: project.taskDefinition.family, desiredStatus: checked(flags) });
}

export async function composeServicePs(flags: ComposeFlags & StatusFlag): Promise<void> {
  const project = openProject(flags);
  await list(project.settings, { serviceName: serviceName(project), desiredStatus: checked(flags) });
}

async function list(settings: Settings, filter: TaskFilter): Promise<void> {
  const cluster = clusterOf(settings);
  const ecs = await loadEcs(settings);
  // Listing the tasks of a cluster that is not there would be told apart too; this says it in one call for both statuses.
  const { failures = [] } = await ecs.client.send(new ecs.sdk.DescribeClustersCommand({ clusters: [cluster] }));
  if (failures.length > 0) {
    throw new CliFailure(
      'ECS_CLI_CLUSTER_NOT_FOUND',
      `There is no cluster "${cluster}" here. Make it with \`ecs-cli up\`, or \`ecs-cli up --empty\` for one without instances.`,
    );
  }
  const text = await containerTable(ecs, settings, cluster, await tasksOf(ecs, cluster, filter));
  if (text) {
    print(text);
  }
}

function checked({ desiredStatus }: StatusFlag): string | undefined {
  if (desiredStatus !== undefined && !['RUNNING', 'STOPPED'].includes(desiredStatus.toUpperCase())) {
    throw new CliFailure('ECS_CLI_STATUS', `"${desiredStatus}" is not a status that tasks are listed by. RUNNING and STOPPED are.`);
  }
  return desiredStatus;
}
