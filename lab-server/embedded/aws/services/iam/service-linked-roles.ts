// Service-linked roles: made and deleted for a service, which alone may assume them.
import type * as sdk from '@aws-sdk/client-iam';
import { randomUUID } from 'node:crypto';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { newRole, requireRole, shownRole } from './roles.ts';
import { iamTables } from './state.ts';

/** The part of a role's name that stands for a service, where it is not the service's own spelling. */
const NAMES: Readonly<Record<string, string>> = {
  ecs: 'ECS',
  autoscaling: 'AutoScaling',
  elasticloadbalancing: 'ElasticLoadBalancing',
  elasticbeanstalk: 'ElasticBeanstalk',
  'ecs.application-autoscaling': 'ApplicationAutoScaling_ECSService',
  'ec2.application-autoscaling': 'ApplicationAutoScaling_EC2SpotFleetRequest',
  'custom-resource.application-autoscaling': 'ApplicationAutoScaling_CustomResource',
  'dynamodb.application-autoscaling': 'ApplicationAutoScaling_DynamoDBTable',
  'ecs-compute': 'ECSCompute',
  ecr: 'ECR',
  'replication.ecr': 'ECRReplication',
  'pullthroughcache.ecr': 'ECRPullThroughCache',
  spot: 'EC2Spot',
  spotfleet: 'EC2SpotFleet',
  ssm: 'AmazonSSM',
  events: 'CloudWatchEvents',
};

export function linkedRoleName(service: string): string {
  const vendor = service.replace(/\.amazonaws\.com(\.cn)?$/, '');
  return `AWSServiceRoleFor${NAMES[vendor] ?? vendor}`;
}

function create(input: Timestamped<sdk.CreateServiceLinkedRoleRequest>, call: Call): { Role: Timestamped<sdk.Role> } {
  const service = input.AWSServiceName ?? '';
  const suffix = input.CustomSuffix === undefined ? '' : `_${input.CustomSuffix}`;
  const name = `${linkedRoleName(service)}${suffix}`;
  if (iamTables(call.tables).roles.has(scopeKey(call, name))) {
    throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
  }
  const trust = { Version: '2012-10-17', Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }] };
  const description = input.Description === undefined ? {} : { Description: input.Description };
  return {
    Role: shownRole(newRole({ name, path: `/aws-service-role/${service}/`, trust: JSON.stringify(trust), rest: description }, call)),
  };
}

export const serviceLinkedRoleOperations: Readonly<Record<string, Operation>> = {
  CreateServiceLinkedRole: operation<sdk.CreateServiceLinkedRoleRequest, sdk.CreateServiceLinkedRoleResponse>({ handle: create }),
  DeleteServiceLinkedRole: operation<sdk.DeleteServiceLinkedRoleRequest, sdk.DeleteServiceLinkedRoleResponse>({
    handle: (input, call) => {
      const role = requireRole(input.RoleName, call);
      iamTables(call.tables).roles.delete(scopeKey(call, role.RoleName ?? ''));
      return { DeletionTaskId: `task${role.Path ?? '/'}${role.RoleName ?? ''}/${randomUUID()}` };
    },
  }),
  GetServiceLinkedRoleDeletionStatus: operation<
    sdk.GetServiceLinkedRoleDeletionStatusRequest,
    sdk.GetServiceLinkedRoleDeletionStatusResponse
  >({
    handle: (input) => {
      if (!/^task\/aws-service-role\/.+\/[0-9a-f-]{36}$/.test(input.DeletionTaskId ?? '')) {
        throw noSuchEntity(`The deletion task ${input.DeletionTaskId ?? ''} cannot be found.`);
      }
      return { Status: 'SUCCEEDED' };
    },
  }),
};
