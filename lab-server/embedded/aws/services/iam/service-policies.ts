// AWS's managed policies for administrators, and the commonly used ones of other services by their scope.
import { allow, type ManagedPolicy } from './managed-policy.ts';

export const ADMINISTRATION_POLICIES: readonly ManagedPolicy[] = [
  { name: 'AdministratorAccess', statements: [allow('*')] },
  {
    name: 'PowerUserAccess',
    version: 6,
    statements: [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      allow(
        'iam:CreateServiceLinkedRole',
        'iam:DeleteServiceLinkedRole',
        'iam:ListRoles',
        'organizations:DescribeOrganization',
        'account:ListRegions',
      ),
    ],
  },
  {
    name: 'ReadOnlyAccess',
    version: 130,
    statements: [allow('*:Describe*', '*:Get*', '*:List*', '*:BatchGet*', 'logs:FilterLogEvents', 'logs:StartQuery', 'logs:StopQuery')],
  },
  { path: '/job-function/', name: 'ViewOnlyAccess', version: 20, statements: [allow('*:Describe*', '*:List*')] },
  { name: 'SecurityAudit', version: 45, statements: [allow('*:Describe*', '*:List*', 'iam:Get*', 'iam:GenerateCredentialReport')] },
  {
    path: '/job-function/',
    name: 'SystemAdministrator',
    version: 10,
    statements: [allow('ec2:*', 'cloudwatch:*', 'logs:*', 'ssm:*', 'sns:*', 'sqs:*')],
  },
  {
    name: 'IAMFullAccess',
    version: 2,
    statements: [allow('iam:*', 'organizations:DescribeAccount', 'organizations:DescribeOrganization', 'organizations:List*')],
  },
  {
    name: 'IAMReadOnlyAccess',
    version: 4,
    statements: [
      allow(
        'iam:GenerateCredentialReport',
        'iam:GenerateServiceLastAccessedDetails',
        'iam:Get*',
        'iam:List*',
        'iam:SimulateCustomPolicy',
        'iam:SimulatePrincipalPolicy',
      ),
    ],
  },
  {
    name: 'IAMUserChangePassword',
    version: 2,
    statements: [
      { Effect: 'Allow', Action: ['iam:ChangePassword'], Resource: 'arn:aws:iam::*:user/${aws:username}' },
      allow('iam:GetAccountPasswordPolicy'),
    ],
  },
];

/** Services with a FullAccess and a ReadOnlyAccess policy of the same form: the policy's prefix and the prefixes of its actions. */
const BY_SCOPE: Readonly<Record<string, readonly string[]>> = {
  AmazonEC2: ['ec2', 'elasticloadbalancing', 'autoscaling', 'cloudwatch'],
  AmazonS3: ['s3'],
  AmazonSSM: ['ssm'],
  AmazonVPC: ['ec2'],
  AmazonDynamoDB: ['dynamodb'],
  AmazonRDS: ['rds'],
  AmazonSQS: ['sqs'],
  AmazonSNS: ['sns'],
  AmazonRoute53: ['route53'],
  AmazonEventBridge: ['events', 'schemas', 'scheduler', 'pipes'],
  AmazonElasticFileSystem: ['elasticfilesystem'],
  CloudWatch: ['cloudwatch', 'logs'],
  CloudWatchLogs: ['logs'],
  CloudWatchEvents: ['events'],
  ElasticLoadBalancing: ['elasticloadbalancing'],
  AutoScaling: ['autoscaling', 'cloudwatch'],
  AWSCloudFormation: ['cloudformation'],
  AWSCloudMap: ['servicediscovery', 'route53'],
  AWSLambda: ['lambda'],
  AWSXray: ['xray'],
};
/** Spellings that do not follow from the prefix. */
const READ_ONLY_NAMES: Readonly<Record<string, string>> = {
  ElasticLoadBalancing: 'ElasticLoadBalancingReadOnly',
  AWSXray: 'AWSXrayReadOnlyAccess',
  AWSLambda: 'AWSLambda_ReadOnlyAccess',
};
const FULL_NAMES: Readonly<Record<string, string>> = { AWSLambda: 'AWSLambda_FullAccess' };

export const SERVICE_POLICIES: readonly ManagedPolicy[] = [
  ...Object.entries(BY_SCOPE).flatMap(([prefix, services]): ManagedPolicy[] => [
    { name: FULL_NAMES[prefix] ?? `${prefix}FullAccess`, statements: [allow(...services.map((service) => `${service}:*`))] },
    {
      name: READ_ONLY_NAMES[prefix] ?? `${prefix}ReadOnlyAccess`,
      statements: [allow(...services.flatMap((service) => ['Describe*', 'Get*', 'List*'].map((action) => `${service}:${action}`)))],
    },
  ]),
  {
    name: 'SecretsManagerReadWrite',
    version: 4,
    statements: [allow('secretsmanager:*', 'kms:DescribeKey', 'kms:ListAliases', 'kms:ListKeys', 'tag:GetResources')],
  },
  {
    name: 'AWSKeyManagementServicePowerUser',
    statements: [
      allow(
        'kms:CreateAlias',
        'kms:CreateKey',
        'kms:DeleteAlias',
        'kms:Describe*',
        'kms:GenerateRandom',
        'kms:Get*',
        'kms:List*',
        'kms:TagResource',
        'kms:UntagResource',
      ),
    ],
  },
  { name: 'AWSPriceListServiceFullAccess', statements: [allow('pricing:*')] },
];
