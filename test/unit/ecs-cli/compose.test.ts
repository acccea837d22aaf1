// Compose files and ecs-params.yml as task definitions, and what is said about those that cannot be.
import { describe, expect, test } from 'vitest';
import { ecsParamsSchema } from '../../../lab-server/ecs-cli/compose/ecs-params.ts';
import { checkSource, parseSource } from '../../../lab-server/ecs-cli/compose/source.ts';
import { taskDefinitionOf, type TaskDefinition } from '../../../lab-server/ecs-cli/compose/task-definition.ts';
import { mebibytes, ports, seconds, words } from '../../../lab-server/ecs-cli/compose/values.ts';

function convert(compose: string, params = '{}', env: NodeJS.ProcessEnv = {}): TaskDefinition {
  return taskDefinitionOf(parseSource('docker-compose.yml', compose), {
    family: 'shop',
    params: checkSource(parseSource('ecs-params.yml', params), ecsParamsSchema),
    env,
  });
}

test('a version 3 file with ecs-params becomes a Fargate task definition', () => {
  const compose = `
version: '3'
services:
  web:
    image: nginx:\${TAG:-1.31}
    command: nginx -g 'daemon off;'
    environment: [MODE=live, HOME_TOWN]
    ports: ['8080:80', '53:53/udp']
    volumes: ['./pages:/pages:ro', 'cache:/cache']
    logging: {driver: awslogs, options: {awslogs-group: shop}}
volumes: {cache: {}}
`;
  const params = `
version: 1
task_definition:
  ecs_network_mode: awsvpc
  task_execution_role: ecsTaskExecutionRole
  task_size: {cpu_limit: 256, mem_limit: 0.5GB}
`;
  expect(convert(compose, params, { HOME_TOWN: 'Graz' })).toEqual({
    family: 'shop',
    networkMode: 'awsvpc',
    executionRoleArn: 'ecsTaskExecutionRole',
    cpu: '256',
    memory: '0.5GB',
    volumes: [{ name: 'volume-0', host: { sourcePath: './pages' } }, { name: 'cache' }],
    containerDefinitions: [
      {
        name: 'web',
        image: 'nginx:1.31',
        essential: true,
        cpu: 0,
        command: ['nginx', '-g', 'daemon off;'],
        environment: [
          { name: 'MODE', value: 'live' },
          { name: 'HOME_TOWN', value: 'Graz' },
        ],
        portMappings: [
          { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
          { hostPort: 53, containerPort: 53, protocol: 'udp' },
        ],
        mountPoints: [
          { sourceVolume: 'volume-0', containerPath: '/pages', readOnly: true },
          { sourceVolume: 'cache', containerPath: '/cache', readOnly: false },
        ],
        logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'shop' } },
      },
    ],
  });
});

test('a container without a memory limit gets 512 MiB, and one with keeps its own', () => {
  const task = convert('web: {image: nginx}\nworker: {image: busybox, mem_limit: 128m, cpu_shares: 100}');
  expect(task.containerDefinitions?.map(({ name, memory, cpu }) => [name, memory, cpu])).toEqual([
    ['web', 512, 0],
    ['worker', 128, 100],
  ]);
});

test('a task definition in JSON is taken as it is, with a memory limit where it has none', () => {
  const task = convert(
    '{"family": "nginx-task", "containerDefinitions": [{"name": "nginx-container", "image": "nginx:latest", "essential": true}]}',
  );
  expect(task).toEqual({
    family: 'nginx-task',
    containerDefinitions: [{ name: 'nginx-container', image: 'nginx:latest', essential: true, memory: 512 }],
  });
});

describe('a file that cannot be understood is named with line and field', () => {
  test.each([
    [
      'version: "3"\nservices:\n  web:\n    image: nginx\n    prots: ["80"]\n',
      /^docker-compose\.yml:5: services\.web\.prots: is not a field of a service; allowed are .*ports/,
    ],
    [
      'version: "3"\nservices:\n  web:\n    image: nginx\n    ports:\n      - "80"\n      - "80:99999"\n',
      /^docker-compose\.yml:7: services\.web\.ports\.1: "80:99999" is not a port/,
    ],
    ['version: "3"\nservices:\n  web:\n    mem_limit: 5\n', /^docker-compose\.yml:3: services\.web\.image: must name an image/],
    [
      'version: "2"\nservices:\n  web:\n    image: nginx\n    mem_limit: lots\n',
      /^docker-compose\.yml:5: services\.web\.mem_limit: "lots" is not a size/,
    ],
    ['version: "4"\nservices: {}\n', /^docker-compose\.yml:1: version: must be/],
    ['web: [\n', /^docker-compose\.yml:\d+: /],
    [
      '{"containerDefinitions": [\n{"name": "a", "image": 5}]}',
      /^docker-compose\.yml:2: containerDefinitions\.0\.image: must name an image/,
    ],
  ])('%j', (text, message) => {
    expect(() => convert(text)).toThrow(message);
  });

  test('in ecs-params.yml too', () => {
    const params = 'version: 1\ntask_definition:\n  ecs_network_mode: vpc\n';
    expect(() => convert('web: {image: nginx}', params)).toThrow(
      'ecs-params.yml:3: task_definition.ecs_network_mode: must be bridge, host, awsvpc or none',
    );
  });
});

test("Compose's short notations are read", () => {
  expect(mebibytes('1.5g')).toBe(1536);
  expect(mebibytes(67_108_864)).toBe(64);
  expect(mebibytes('much')).toBeUndefined();
  expect(seconds('1m30s')).toBe(90);
  expect(seconds('soon')).toBeUndefined();
  expect(ports('127.0.0.1:8000-8001:9000-9001')).toEqual([
    { hostPort: 8000, containerPort: 9000, protocol: 'tcp' },
    { hostPort: 8001, containerPort: 9001, protocol: 'tcp' },
  ]);
  expect(ports('8000-8001:9000')).toBeUndefined();
  expect(words(`sh -c "echo \\"a b\\"" 'it is'`)).toEqual(['sh', '-c', 'echo "a b"', 'it is']);
});
