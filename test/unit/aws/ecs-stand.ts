// An endpoint on a clock that tests move, asked without a wire between.
import { ManualClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import type { Principal } from '../../../lab-server/embedded/aws/services/service.ts';
// Programs load when first used; a clock that stands still must not wait for that.
import '../../../lab-server/embedded/runtime/programs/busybox.ts';
import '../../../lab-server/embedded/runtime/programs/nginx/nginx.ts';
import '../../../lab-server/embedded/runtime/programs/nginx/entrypoint.ts';
import '../../../lab-server/embedded/runtime/programs/shells.ts';
import '../../../lab-server/embedded/runtime/programs/sleep.ts';
import '../../../lab-server/embedded/runtime/programs/text/cat.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';

export interface Stand extends AsyncDisposable {
  clock: ManualClock;
  aws: AwsEndpoint;
  /** Calls an ECS operation and gives its answer. */
  ecs<Answer = Record<string, unknown>>(operation: string, input?: object): Promise<Answer>;
  call<Answer = Record<string, unknown>>(service: string, operation: string, input?: object): Promise<Answer>;
  /** Moves time in steps until `condition` holds. */
  until(condition: () => Promise<boolean>, limitMs?: number): Promise<void>;
  /** A subnet of the default VPC, and its default security group. */
  network(): Promise<{ awsvpcConfiguration: { subnets: string[]; securityGroups: string[]; assignPublicIp: 'ENABLED' } }>;
}

const PRINCIPAL: Principal = {
  account: '123456789012',
  arn: 'arn:aws:iam::123456789012:root',
  userId: '123456789012',
  accessKeyId: 'AKIATEST',
  isRoot: true,
};

/** `databaseFile` lets a second stand go on where the first one ended. */
export async function ecsStand(options: { databaseFile?: string; clock?: ManualClock } = {}): Promise<Stand> {
  const clock = options.clock ?? new ManualClock();
  const runtime = createRuntime({ clock });
  const aws = await startAws({
    clock,
    runtime,
    databaseFile: options.databaseFile ?? ':memory:',
    listen: { host: '127.0.0.1', port: 0 },
  });
  const call = async <Answer>(service: string, operation: string, input: object = {}): Promise<Answer> =>
    (await aws.context.call(service, operation, input, { principal: PRINCIPAL, region: 'us-east-1' })) as Answer;
  return {
    clock,
    aws,
    call,
    ecs: (operation, input) => call('ecs', operation, input),
    async network() {
      const { Subnets } = await call<{ Subnets: { SubnetId: string; VpcId: string }[] }>('ec2', 'DescribeSubnets');
      const { SecurityGroups } = await call<{ SecurityGroups: { GroupId: string }[] }>('ec2', 'DescribeSecurityGroups');
      return {
        awsvpcConfiguration: {
          subnets: [Subnets[0]?.SubnetId ?? ''],
          securityGroups: [SecurityGroups[0]?.GroupId ?? ''],
          assignPublicIp: 'ENABLED',
        },
      };
    },
    async until(condition, limitMs = 120_000) {
      for (let waited = 0; waited <= limitMs; waited += 100) {
        // Programs work in turns of the event loop, of which a step of the clock has only a few.
        for (let turn = 0; turn < 20; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (await condition()) {
          return;
        }
        await clock.advance(100);
      }
      throw new Error(`the condition did not hold within ${limitMs} ms of simulated time`);
    },
    async [Symbol.asyncDispose]() {
      await aws[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}

/** A Fargate task definition with one container, as registered. */
export function fargateDefinition(family: string, container: object = {}, rest: object = {}): object {
  return {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: 'nginx:latest', portMappings: [{ containerPort: 80 }], ...container }],
    ...rest,
  };
}

/** Makes the role `ecsTaskExecutionRole` with AWS's policy for it, and whatever else it shall be allowed. */
export async function executionRole(stand: Stand, ...actions: readonly string[]): Promise<string> {
  const RoleName = 'ecsTaskExecutionRole';
  const document = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const trust = document({ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await stand.call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: trust });
  await stand.call('iam', 'AttachRolePolicy', {
    RoleName,
    PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
  });
  if (actions.length > 0) {
    const PolicyDocument = document({ Effect: 'Allow', Action: actions, Resource: '*' });
    await stand.call('iam', 'PutRolePolicy', { RoleName, PolicyName: 'more', PolicyDocument });
  }
  return `arn:aws:iam::123456789012:role/${RoleName}`;
}
