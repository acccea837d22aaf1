// The network that a request gives a task or service, checked as ECS does it.
import { randomInt } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { defaultGroup, requireGroup } from '../../ec2/security-groups.ts';
import { requireSubnet } from '../../ec2/subnets.ts';
import type { Call, Timestamped } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import type { TaskDefinition, TaskNetwork } from '../state.ts';

export type NetworkConfiguration = Timestamped<sdk.NetworkConfiguration>;

const MAX_SUBNETS = 16;
const MAX_GROUPS = 5;

/** Throws InvalidParameterException when the configuration does not fit the definition, or names what does not exist. */
export function checkNetwork(configuration: NetworkConfiguration | undefined, definition: TaskDefinition, call: Call): void {
  const vpc = configuration?.awsvpcConfiguration;
  if (definition.networkMode !== 'awsvpc') {
    if (vpc) {
      throw invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
    }
    return;
  }
  if (!vpc) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const { subnets = [], securityGroups = [], assignPublicIp } = vpc;
  if (subnets.length === 0) {
    throw invalidParameter('subnets can not be empty.');
  }
  if (subnets.length > MAX_SUBNETS) {
    throw invalidParameter(`subnets can have at most ${MAX_SUBNETS} items.`);
  }
  if (securityGroups.length > MAX_GROUPS) {
    throw invalidParameter(`securityGroups can have at most ${MAX_GROUPS} items.`);
  }
  if (assignPublicIp !== undefined && assignPublicIp !== 'ENABLED' && assignPublicIp !== 'DISABLED') {
    throw invalidParameter('assignPublicIp must be ENABLED or DISABLED.');
  }
  const vpcs = new Set(subnets.map((id) => ask('subnet', id, () => requireSubnet(id, call)).VpcId));
  if (vpcs.size > 1) {
    throw invalidParameter('Subnets must all be in the same VPC.');
  }
  for (const id of securityGroups) {
    const group = ask('security group', id, () => requireGroup(id, call));
    if (!vpcs.has(group.VpcId)) {
      throw invalidParameter(`Security group ${id} does not appear to belong to the same VPC as the input subnets.`);
    }
  }
}

/** Where one task goes: one of the subnets (of the zone with the fewest tasks by `zones`), with the VPC's default group when none is named. */
export function networkFor(
  configuration: NetworkConfiguration | undefined,
  call: Call,
  zones?: ReadonlyMap<string, number>,
): TaskNetwork | undefined {
  const vpc = configuration?.awsvpcConfiguration;
  const given = vpc?.subnets ?? [];
  const load = (id: string): number => zones?.get(requireSubnet(id, call).AvailabilityZone ?? '') ?? 0;
  const least = zones && given.length > 1 ? Math.min(...given.map(load)) : 0;
  const subnets = zones && given.length > 1 ? given.filter((id) => load(id) === least) : given;
  const subnetId = subnets.length > 0 ? subnets[randomInt(subnets.length)] : undefined;
  if (!vpc || subnetId === undefined) {
    return undefined;
  }
  const groups = vpc.securityGroups?.length
    ? vpc.securityGroups
    : [defaultGroup(requireSubnet(subnetId, call).VpcId ?? '', call)?.GroupId ?? ''];
  return { subnetId, groupIds: groups, assignPublicIp: vpc.assignPublicIp === 'ENABLED' };
}

/** Words of ECS around EC2's own. */
function ask<T>(what: string, id: string, lookUp: () => T): T {
  try {
    return lookUp();
  } catch (error) {
    if (error instanceof AwsError) {
      throw invalidParameter(`Error retrieving ${what} information for [${id}]: ${error.message} (ErrorCode: ${error.code})`);
    }
    throw error;
  }
}
