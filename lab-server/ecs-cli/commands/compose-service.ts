// `ecs-cli compose service`: a project as an ECS service.
import type { CreateServiceCommandInput, LoadBalancer, Service, UpdateServiceCommandInput } from '@aws-sdk/client-ecs';
import { loadEcs, type Ecs } from '../aws.ts';
import { openProject, type ComposeFlags, type Project } from '../compose/project.ts';
import { clusterOf } from '../config/settings.ts';
import { CliFailure } from '../failure.ts';
import { info } from '../output.ts';
import { afterSlash } from './containers.ts';
import { register } from './register.ts';
import { serviceName } from './service-name.ts';

export interface ServiceFlags extends ComposeFlags {
  deploymentMaxPercent?: string;
  deploymentMinHealthyPercent?: string;
  targetGroupArn?: string;
  loadBalancerName?: string;
  containerName?: string;
  containerPort?: string;
  targetGroups?: string[];
  role?: string;
  healthCheckGracePeriod?: string;
  schedulingStrategy?: string;
  forceDeployment?: boolean;
  timeout?: string;
}

export async function serviceCreate(flags: ServiceFlags): Promise<void> {
  await create(await open(flags), flags, 0);
}

/** Makes the service with one task, or brings it to the newest task definition and to at least one task. */
export async function serviceUp(flags: ServiceFlags): Promise<void> {
  const opened = await open(flags);
  const service = await find(opened);
  if (!service) {
    await create(opened, flags, 1);
  } else {
    const { taskDefinitionArn } = await register(opened.ecs, opened.project);
    await update(opened, {
      ...deployment(flags),
      taskDefinition: taskDefinitionArn,
      ...(service.schedulingStrategy === 'DAEMON' ? {} : { desiredCount: Math.max(1, service.desiredCount ?? 0) }),
      ...(flags.healthCheckGracePeriod === undefined
        ? {}
        : { healthCheckGracePeriodSeconds: number(flags.healthCheckGracePeriod, '--health-check-grace-period') }),
      ...(flags.forceDeployment ? { forceNewDeployment: true } : {}),
      ...(opened.project.placement.networkConfiguration ? { networkConfiguration: opened.project.placement.networkConfiguration } : {}),
    });
  }
  await steady(opened, flags);
}

export async function serviceStart(flags: ServiceFlags): Promise<void> {
  const opened = await open(flags);
  const service = await existing(opened);
  if ((service.desiredCount ?? 0) === 0) {
    await update(opened, { desiredCount: 1 });
  }
  await steady(opened, flags);
}

export async function serviceStop(flags: ServiceFlags): Promise<void> {
  await serviceScale(flags, 0);
}

export async function serviceScale(flags: ServiceFlags, desiredCount: number): Promise<void> {
  const opened = await open(flags);
  await existing(opened);
  await update(opened, { ...deployment(flags), desiredCount });
  await steady(opened, flags);
}

export async function serviceRemove(flags: ServiceFlags): Promise<void> {
  const opened = await open(flags);
  const service = await existing(opened);
  const { cluster, name, ecs } = opened;
  if (service.schedulingStrategy !== 'DAEMON' && (service.desiredCount ?? 0) > 0) {
    await update(opened, { desiredCount: 0 });
  }
  await ecs.client.send(new ecs.sdk.DeleteServiceCommand({ cluster, service: name }));
  const maxWaitTime = minutes(flags) * 60;
  if (maxWaitTime > 0) {
    await ecs.sdk.waitUntilServicesInactive({ client: ecs.client, minDelay: 1, maxDelay: 6, maxWaitTime }, { cluster, services: [name] });
  }
  info('Deleted ECS service', { service: name });
}

interface Opened {
  project: Project;
  ecs: Ecs;
  cluster: string;
  name: string;
}

async function open(flags: ServiceFlags): Promise<Opened> {
  const project = openProject(flags);
  return { project, cluster: clusterOf(project.settings), ecs: await loadEcs(project.settings), name: serviceName(project) };
}

async function find({ ecs, cluster, name }: Opened): Promise<Service | undefined> {
  const { services = [] } = await ecs.client.send(new ecs.sdk.DescribeServicesCommand({ cluster, services: [name] }));
  return services.find(({ status }) => status === 'ACTIVE');
}

async function existing(opened: Opened): Promise<Service> {
  const service = await find(opened);
  if (!service) {
    throw new CliFailure(
      'ECS_CLI_NO_SERVICE',
      `There is no service "${opened.name}" in the cluster ${opened.cluster}. Make it with \`ecs-cli compose service up\`.`,
    );
  }
  return service;
}

async function create({ ecs, cluster, project, name }: Opened, flags: ServiceFlags, desiredCount: number): Promise<void> {
  const strategy = flags.schedulingStrategy?.toUpperCase();
  if (strategy !== undefined && strategy !== 'REPLICA' && strategy !== 'DAEMON') {
    throw new CliFailure('ECS_CLI_SCHEDULING', `"${flags.schedulingStrategy}" is not a scheduling strategy. REPLICA and DAEMON are.`);
  }
  const { taskDefinitionArn } = await register(ecs, project);
  const balancers = loadBalancers(flags);
  const input: CreateServiceCommandInput = {
    cluster,
    serviceName: name,
    taskDefinition: taskDefinitionArn,
    launchType: project.settings.launchType,
    ...(strategy === 'DAEMON' ? {} : { desiredCount }),
    ...(strategy === undefined ? {} : { schedulingStrategy: strategy }),
    ...project.placement,
    ...deployment(flags),
    ...(balancers.length > 0 ? { loadBalancers: balancers } : {}),
    ...(flags.role === undefined ? {} : { role: flags.role }),
    ...(flags.healthCheckGracePeriod === undefined
      ? {}
      : { healthCheckGracePeriodSeconds: number(flags.healthCheckGracePeriod, '--health-check-grace-period') }),
    ...(project.taskDefinition.tags ? { tags: project.taskDefinition.tags } : {}),
    ...(flags.tags && !flags.disableEcsManagedTags ? { enableECSManagedTags: true } : {}),
  };
  await ecs.client.send(new ecs.sdk.CreateServiceCommand(input));
  info('Created an ECS service', { service: name, taskDefinition: afterSlash(taskDefinitionArn) });
}

async function update({ ecs, cluster, name }: Opened, changes: Omit<UpdateServiceCommandInput, 'service' | 'cluster'>): Promise<void> {
  await ecs.client.send(new ecs.sdk.UpdateServiceCommand({ cluster, service: name, ...changes }));
  info('Updated the ECS service with new values', { service: name, desiredCount: changes.desiredCount });
}

/** Waits until the service has what it should; the service's own events say why it has not. */
async function steady(opened: Opened, flags: ServiceFlags): Promise<void> {
  const { ecs, cluster, name } = opened;
  const maxWaitTime = minutes(flags) * 60;
  if (maxWaitTime === 0) {
    return;
  }
  try {
    await ecs.sdk.waitUntilServicesStable({ client: ecs.client, minDelay: 1, maxDelay: 6, maxWaitTime }, { cluster, services: [name] });
  } catch (error) {
    const last = (await find(opened))?.events?.[0]?.message;
    throw new CliFailure(
      'ECS_CLI_NOT_STEADY',
      `The service ${name} is not steady after ${minutes(flags)} minutes (--timeout).${last ? ` Its last event: ${last}` : ''}`,
      { cause: error },
    );
  }
  const service = await find(opened);
  info('ECS Service has reached a stable state', {
    desiredCount: service?.desiredCount,
    runningCount: service?.runningCount,
    serviceName: name,
  });
}

function deployment(flags: ServiceFlags): Pick<CreateServiceCommandInput, 'deploymentConfiguration'> {
  const maximum = flags.deploymentMaxPercent;
  const minimum = flags.deploymentMinHealthyPercent;
  return maximum === undefined && minimum === undefined
    ? {}
    : {
        deploymentConfiguration: {
          ...(maximum === undefined ? {} : { maximumPercent: number(maximum, '--deployment-max-percent') }),
          ...(minimum === undefined ? {} : { minimumHealthyPercent: number(minimum, '--deployment-min-healthy-percent') }),
        },
      };
}

function loadBalancers(flags: ServiceFlags): LoadBalancer[] {
  const described = (flags.targetGroups ?? []).map((text): LoadBalancer => {
    const given = Object.fromEntries(text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    if (!given.targetGroupArn || !given.containerName || !given.containerPort) {
      throw new CliFailure(
        'ECS_CLI_TARGET_GROUPS',
        `--target-groups takes targetGroupArn=…,containerName=…,containerPort=…, and got "${text}".`,
      );
    }
    return {
      targetGroupArn: given.targetGroupArn,
      containerName: given.containerName,
      containerPort: number(given.containerPort, '--target-groups'),
    };
  });
  if (flags.targetGroupArn === undefined && flags.loadBalancerName === undefined) {
    return described;
  }
  if (!flags.containerName || !flags.containerPort) {
    throw new CliFailure('ECS_CLI_FLAG_MISSING', 'A load balancer needs --container-name and --container-port as well.');
  }
  const containerPort = number(flags.containerPort, '--container-port');
  const target =
    flags.targetGroupArn === undefined ? { loadBalancerName: flags.loadBalancerName } : { targetGroupArn: flags.targetGroupArn };
  return [...described, { ...target, containerName: flags.containerName, containerPort }];
}

function minutes({ timeout = '5' }: ServiceFlags): number {
  return number(timeout, '--timeout');
}

function number(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new CliFailure('ECS_CLI_NUMBER', `${flag} takes a number, and got "${text}".`);
  }
  return value;
}
