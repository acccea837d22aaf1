// What Application Auto Scaling takes: namespaces, dimensions and the resources that they are of.
import { AwsError } from '../../gateway/errors.ts';

export const NAMESPACES = [
  'ecs',
  'elasticmapreduce',
  'ec2',
  'appstream',
  'dynamodb',
  'rds',
  'sagemaker',
  'custom-resource',
  'comprehend',
  'lambda',
  'cassandra',
  'kafka',
  'elasticache',
  'neptune',
  'workspaces',
];

export const DIMENSIONS = [
  'ecs:service:DesiredCount',
  'ec2:spot-fleet-request:TargetCapacity',
  'elasticmapreduce:instancegroup:InstanceCount',
  'appstream:fleet:DesiredCapacity',
  'dynamodb:table:ReadCapacityUnits',
  'dynamodb:table:WriteCapacityUnits',
  'dynamodb:index:ReadCapacityUnits',
  'dynamodb:index:WriteCapacityUnits',
  'rds:cluster:ReadReplicaCount',
  'sagemaker:variant:DesiredInstanceCount',
  'custom-resource:ResourceType:Property',
  'comprehend:document-classifier-endpoint:DesiredInferenceUnits',
  'comprehend:entity-recognizer-endpoint:DesiredInferenceUnits',
  'lambda:function:ProvisionedConcurrency',
  'cassandra:table:ReadCapacityUnits',
  'cassandra:table:WriteCapacityUnits',
  'kafka:broker-storage:VolumeSize',
  'elasticache:replication-group:NodeGroups',
  'elasticache:replication-group:Replicas',
  'elasticache:cache-cluster:Nodes',
  'neptune:cluster:ReadReplicaCount',
  'sagemaker:variant:DesiredProvisionedConcurrency',
  'sagemaker:inference-component:DesiredCopyCount',
  'workspaces:workspacespool:DesiredUserSessions',
];

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

interface Checked {
  ServiceNamespace?: string | undefined;
  ScalableDimension?: string | undefined;
  PolicyType?: string | undefined;
}

const POLICY_TYPES = ['PredictiveScaling', 'StepScaling', 'TargetTrackingScaling'];

/** Throws ValidationException with every value that is none of its set. */
export function checkPlace(input: Checked): void {
  const members: readonly [string, string | undefined, readonly string[]][] = [
    ['policyType', input.PolicyType, POLICY_TYPES],
    ['serviceNamespace', input.ServiceNamespace, NAMESPACES],
    ['scalableDimension', input.ScalableDimension, DIMENSIONS],
  ];
  const problems = members.flatMap(([member, value, allowed]) =>
    value === undefined || allowed.includes(value)
      ? []
      : [`Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`],
  );
  if (problems.length > 0) {
    throw validation(`${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`);
  }
}

/** Throws ValidationException where namespace, resource and dimension do not belong together. */
export function checkTogether({ ServiceNamespace = '', ResourceId = '', ScalableDimension = '' }: Checked & { ResourceId?: string }): void {
  const [namespace] = ScalableDimension.split(':');
  if (namespace !== ServiceNamespace) {
    throw validation(`Unsupported service namespace, resource type or scalable dimension`);
  }
  if (ServiceNamespace === 'ecs' && !/^service\/[^/]+\/[^/]+$/.test(ResourceId)) {
    throw validation(`Unsupported service namespace, resource type or scalable dimension`);
  }
}
