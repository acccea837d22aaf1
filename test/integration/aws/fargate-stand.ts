// An endpoint with the default cluster, a subnet and task definitions `web:1`, `web:2`, … for Fargate, through the AWS SDK.
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';

export interface FargateStand extends AsyncDisposable {
  aws: AwsEndpoint;
  ecs: ECSClient;
  networkConfiguration: { awsvpcConfiguration: { subnets: string[] } };
}

/** `images`: of the one container of each revision of `web`. */
export async function fargateStand(...images: readonly string[]): Promise<FargateStand> {
  await using opening = new AsyncDisposableStack();
  const clock = new SystemClock();
  const runtime = opening.use(createRuntime({ clock }));
  const aws = opening.use(
    await startAws({
      clock,
      runtime,
      databaseFile: ':memory:',
      listen: { host: '127.0.0.1', port: 0 },
      delays: { provisioning: 5, pull: 5, deprovisioning: 5 },
    }),
  );
  const settings = { endpoint: aws.url, region: aws.region, credentials: aws.credentials };
  const ecs = opening.adopt(new ECSClient(settings), (client) => client.destroy());
  const ec2 = new EC2Client(settings);
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  ec2.destroy();
  await ecs.send(new CreateClusterCommand({}));
  for (const image of images) {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'web', image }],
      }),
    );
  }
  const owned = opening.move();
  return {
    aws,
    ecs,
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets?.[0]?.SubnetId ?? ''] } },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
