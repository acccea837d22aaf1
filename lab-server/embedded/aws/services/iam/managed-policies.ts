// AWS's own managed policies, as far as container lessons attach them. Their documents are of our own making: the actions that ECS needs.

interface ManagedPolicy {
  path: string;
  name: string;
  actions: readonly string[];
}

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const PULL = ['ecr:GetAuthorizationToken', 'ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

const POLICIES: readonly ManagedPolicy[] = [
  { path: '/service-role/', name: 'AmazonECSTaskExecutionRolePolicy', actions: [...PULL, ...LOGS] },
  {
    path: '/service-role/',
    name: 'AmazonEC2ContainerServiceforEC2Role',
    actions: ['ec2:DescribeTags', 'ecs:*', ...PULL, ...LOGS],
  },
  { path: '/service-role/', name: 'AmazonECSInfrastructureRolePolicyForVolumes', actions: ['ec2:*'] },
  { path: '/', name: 'AdministratorAccess', actions: ['*'] },
  { path: '/', name: 'AmazonECS_FullAccess', actions: ['ecs:*', 'elasticloadbalancing:*', 'application-autoscaling:*', 'logs:*'] },
  { path: '/', name: 'AmazonSSMManagedInstanceCore', actions: ['ssm:*', 'ssmmessages:*'] },
  { path: '/', name: 'AmazonSSMReadOnlyAccess', actions: ['ssm:Describe*', 'ssm:Get*', 'ssm:List*'] },
  { path: '/', name: 'SecretsManagerReadWrite', actions: ['secretsmanager:*'] },
  { path: '/', name: 'CloudWatchLogsFullAccess', actions: ['logs:*'] },
  { path: '/', name: 'CloudWatchFullAccess', actions: ['cloudwatch:*', 'logs:*'] },
  { path: '/', name: 'AmazonEC2FullAccess', actions: ['ec2:*'] },
  { path: '/', name: 'AmazonEC2ContainerRegistryReadOnly', actions: PULL },
  { path: '/', name: 'AmazonEC2ContainerRegistryFullAccess', actions: ['ecr:*'] },
  { path: '/', name: 'AmazonS3ReadOnlyAccess', actions: ['s3:Get*', 's3:List*'] },
  { path: '/', name: 'AmazonS3FullAccess', actions: ['s3:*'] },
  { path: '/', name: 'ReadOnlyAccess', actions: ['*:Describe*', '*:Get*', '*:List*'] },
  { path: '/', name: 'IAMFullAccess', actions: ['iam:*'] },
];

/** When AWS made its oldest managed policies: 2015-02-06. */
const CREATED = 1_423_180_800_000;

export interface AwsPolicy {
  PolicyName: string;
  PolicyId: string;
  Arn: string;
  Path: string;
  DefaultVersionId: string;
  IsAttachable: boolean;
  CreateDate: number;
  UpdateDate: number;
  document: string;
}

const ALL: readonly AwsPolicy[] = POLICIES.map(({ path, name, actions }) => ({
  PolicyName: name,
  PolicyId: `ANPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, 'A').slice(0, 17)}`,
  Arn: `arn:aws:iam::aws:policy${path}${name}`,
  Path: path,
  DefaultVersionId: 'v1',
  IsAttachable: true,
  CreateDate: CREATED,
  UpdateDate: CREATED,
  document: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }),
}));

export function awsPolicies(): readonly AwsPolicy[] {
  return ALL;
}

export function awsPolicy(arn: string): AwsPolicy | undefined {
  return ALL.find((policy) => policy.Arn === arn);
}
