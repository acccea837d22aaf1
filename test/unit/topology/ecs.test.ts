import { expect, test } from 'vitest';
import { drawEcs } from '../../../lab-server/topology/ecs.ts';

type Document = Record<string, unknown>;
const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/default';
const definition = (revision: number): string => `arn:aws:ecs:us-east-1:123456789012:task-definition/web:${revision}`;
const service = (more: Document = {}): Document => ({
  serviceArn: 'arn:service/web',
  serviceName: 'web',
  clusterArn: CLUSTER,
  desiredCount: 2,
  taskDefinition: definition(2),
  ...more,
});
const task = (id: string, more: Document = {}): Document => ({
  taskArn: `arn:aws:ecs:us-east-1:123456789012:task/default/${id}`,
  clusterArn: CLUSTER,
  taskDefinitionArn: definition(2),
  group: 'service:web',
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  launchType: 'FARGATE',
  ...more,
});
const draw = (documents: Record<string, Document[]>) =>
  drawEcs(new Map(Object.entries({ cluster: [{ clusterArn: CLUSTER, clusterName: 'default' }], ...documents })));

test('tasks of a service stand on Fargate, and those of an earlier revision are marked', () => {
  const picture = draw({ service: [service()], task: [task('b'), task('a', { taskDefinitionArn: definition(1) })] });
  expect(picture.hosts).toMatchObject([{ id: 'FARGATE', name: 'Fargate' }]);
  expect(picture.groups).toMatchObject([{ kind: 'Service', name: 'web', wanted: 2, ready: 2 }]);
  expect(picture.units).toMatchObject([
    { name: 'a', revision: 'web:1', current: false },
    { name: 'b', revision: 'web:2', current: true },
  ]);
});

test('a task on its way, an unhealthy one and one on its way out are told apart; stopped ones are gone', () => {
  const picture = draw({
    task: [
      task('a', { lastStatus: 'PROVISIONING', launchType: 'EC2' }),
      task('b', { lastStatus: 'PENDING' }),
      task('c', { healthStatus: 'UNHEALTHY' }),
      task('d', { lastStatus: 'RUNNING', desiredStatus: 'STOPPED' }),
      task('e', { lastStatus: 'STOPPED' }),
    ],
  });
  expect(picture.units.map((unit) => unit.state)).toEqual(['waiting', 'starting', 'failing', 'ending']);
});

test('a service that lacks tasks says why the last one stopped', () => {
  const stopped = (id: string, stoppedAt: number, stoppedReason: string) =>
    task(id, { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason, stoppedAt });
  const picture = draw({
    service: [service()],
    task: [stopped('a', 1, 'older'), stopped('b', 2, 'CannotPullContainerError: no such image')],
  });
  expect(picture.groups).toMatchObject([{ note: 'last stop: CannotPullContainerError: no such image' }]);
});

test('a target group serves healthy targets, by address on Fargate and by port on an instance', () => {
  const address = (value: string) => [{ details: [{ name: 'privateIPv4Address', value }] }];
  const picture = draw({
    service: [service({ loadBalancers: [{ targetGroupArn: 'tg' }] })],
    instance: [{ containerInstanceArn: 'ci', ec2InstanceId: 'i-1', status: 'DRAINING' }],
    task: [
      task('a', { attachments: address('10.0.0.1') }),
      task('b', { attachments: address('10.0.0.2') }),
      task('c', { launchType: 'EC2', containerInstanceArn: 'ci', containers: [{ networkBindings: [{ hostPort: 32768 }] }] }),
    ],
    targetGroup: [{ TargetGroupArn: 'tg', TargetGroupName: 'web-tg', LoadBalancerArns: ['lb'] }],
    loadBalancer: [{ LoadBalancerArn: 'lb', LoadBalancerName: 'front', DNSName: 'front.elb.test' }],
    health: [
      {
        TargetGroupArn: 'tg',
        TargetHealthDescriptions: [
          { Target: { Id: '10.0.0.1', Port: 80 }, TargetHealth: { State: 'healthy' } },
          { Target: { Id: '10.0.0.2', Port: 80 }, TargetHealth: { State: 'unhealthy' } },
          { Target: { Id: 'i-1', Port: 32768 }, TargetHealth: { State: 'healthy' } },
        ],
      },
    ],
  });
  const [entry] = picture.entries;
  expect(entry).toMatchObject({ kind: 'Target group', name: 'web-tg', address: 'front.elb.test' });
  expect(entry?.serves.map((id) => id.at(-1))).toEqual(['a', 'c']);
  expect(entry?.withholds.map((id) => id.at(-1))).toEqual(['b']);
  expect(picture.hosts).toMatchObject([{ name: 'i-1', ready: false, note: 'draining' }, { name: 'Fargate' }]);
});

test('a Service Connect name serves the running tasks of its service', () => {
  const deployments = [
    {
      status: 'PRIMARY',
      serviceConnectConfiguration: { services: [{ portName: 'http', clientAliases: [{ port: 8080, dnsName: 'api' }] }] },
    },
  ];
  const picture = draw({ service: [service({ deployments })], task: [task('a'), task('b', { lastStatus: 'PENDING' })] });
  expect(picture.entries).toMatchObject([{ kind: 'Service Connect', name: 'api', address: 'api:8080' }]);
  expect(picture.entries[0]?.serves).toHaveLength(1);
});
