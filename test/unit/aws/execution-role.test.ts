// What a task may do before it runs: pull from ECR, read secrets and write logs, as its execution role allows.
import { expect, test } from 'vitest';
import type { Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, executionRole, fargateDefinition, type Stand } from './ecs-stand.ts';

const REGISTRY = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const ROLE = 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole';
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { digest: 'sha256:1' },
});

async function outcome(stand: Stand, definition: object): Promise<Task> {
  await stand.ecs('RegisterTaskDefinition', definition);
  await stand.ecs('CreateCluster');
  const input = { taskDefinition: 'app', launchType: 'FARGATE', networkConfiguration: await stand.network() };
  const { tasks } = await stand.ecs<{ tasks: Task[] }>('RunTask', input);
  let task: Task = {};
  await stand.until(async () => {
    task = (await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: [tasks[0]?.taskArn] })).tasks[0] ?? {};
    return task.lastStatus === 'RUNNING' || task.lastStatus === 'STOPPED';
  });
  return task;
}

async function pushed(stand: Stand, repositoryName: string): Promise<void> {
  await stand.call('ecr', 'CreateRepository', { repositoryName });
  await stand.call('ecr', 'PutImage', { repositoryName, imageTag: '1.27', imageManifest: MANIFEST });
}

test('an image that was put into ECR runs, for a role that may pull', async () => {
  await using stand = await ecsStand();
  await executionRole(stand);
  await pushed(stand, 'team/nginx');
  const task = await outcome(stand, fargateDefinition('app', { image: `${REGISTRY}/team/nginx:1.27` }, { executionRoleArn: ROLE }));
  expect(task.lastStatus).toBe('RUNNING');
});

test('an image or repository that ECR does not have cannot be pulled', async () => {
  await using stand = await ecsStand();
  await executionRole(stand);
  await pushed(stand, 'nginx');
  const task = await outcome(stand, fargateDefinition('app', { image: `${REGISTRY}/nginx:2` }, { executionRoleArn: ROLE }));
  expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
  expect(task.stoppedReason).toBe(
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${REGISTRY}/nginx:2: ${REGISTRY}/nginx:2: not found`,
  );
});

test('without an execution role, Fargate cannot pull from ECR', async () => {
  await using stand = await ecsStand();
  await pushed(stand, 'nginx');
  const task = await outcome(stand, fargateDefinition('app', { image: `${REGISTRY}/nginx:1.27` }));
  expect(task.stoppedReason).toMatch(/^ResourceInitializationError: unable to pull secrets or registry auth: .*no execution role/);
});

test('a role that may not ask for a token is told which call was refused', async () => {
  await using stand = await ecsStand();
  await executionRole(stand);
  await stand.call('iam', 'DetachRolePolicy', {
    RoleName: 'ecsTaskExecutionRole',
    PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
  });
  await pushed(stand, 'nginx');
  const task = await outcome(stand, fargateDefinition('app', { image: `${REGISTRY}/nginx:1.27` }, { executionRoleArn: ROLE }));
  expect(task.stoppedReason).toMatch(
    /AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role\/ecsTaskExecutionRole\/[0-9a-f]{32} is not authorized to perform: ecr:GetAuthorizationToken on resource: \* because no identity-based policy allows/,
  );
});

test('a role without the permission cannot read a parameter or a secret', async () => {
  await using stand = await ecsStand();
  await executionRole(stand);
  await stand.call('ssm', 'PutParameter', { Name: '/app/word', Value: 'sesame', Type: 'SecureString' });
  const secrets = [{ name: 'WORD', valueFrom: '/app/word' }];
  const task = await outcome(stand, fargateDefinition('app', { secrets }, { executionRoleArn: ROLE }));
  expect(task.stoppedReason).toMatch(
    /unable to retrieve secrets from ssm: .*is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:us-east-1:123456789012:parameter\/app\/word/,
  );
});

test('a role that does not exist, or trusts somebody else, cannot be assumed by the task', async () => {
  await using stand = await ecsStand();
  await pushed(stand, 'nginx');
  const task = await outcome(stand, fargateDefinition('app', { image: `${REGISTRY}/nginx:1.27` }, { executionRoleArn: ROLE }));
  expect(task.stoppedReason).toBe(
    `ECS was unable to assume the role '${ROLE}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
  );
});

test('a pull-through cache fetches an image from its upstream and keeps it as a repository', async () => {
  await using stand = await ecsStand();
  await executionRole(stand);
  await stand.call('ecr', 'CreatePullThroughCacheRule', { ecrRepositoryPrefix: 'public', upstreamRegistryUrl: 'public.ecr.aws' });
  const image = `${REGISTRY}/public/docker/library/nginx:latest`;
  const task = await outcome(stand, fargateDefinition('app', { image }, { executionRoleArn: ROLE }));
  expect(task.lastStatus).toBe('RUNNING');
  const { imageIds } = await stand.call<{ imageIds: object[] }>('ecr', 'ListImages', { repositoryName: 'public/docker/library/nginx' });
  expect(imageIds).toMatchObject([{ imageTag: 'latest' }]);
});
