// CloudWatch Logs, Parameter Store and Secrets Manager through the AWS SDK.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  GetQueryResultsCommand,
  paginateGetLogEvents,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutSubscriptionFilterCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  paginateGetParametersByPath,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

let runtime: Runtime;
let aws: AwsEndpoint;
let logs: CloudWatchLogsClient;
let ssm: SSMClient;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  const clock = new SystemClock();
  runtime = createRuntime({ clock });
  aws = await startAws({ clock, runtime, databaseFile: ':memory:', listen: { host: '127.0.0.1', port: 0 } });
  const settings = { endpoint: aws.url, region: aws.region, credentials: aws.credentials };
  logs = new CloudWatchLogsClient(settings);
  ssm = new SSMClient(settings);
  secrets = new SecretsManagerClient(settings);
});

afterAll(async () => {
  [logs, ssm, secrets].forEach((client) => client.destroy());
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

test('events are put, paged through, filtered, counted and queried', async () => {
  const group = { logGroupName: '/app' };
  const stream = { ...group, logStreamName: 'one' };
  await logs.send(new CreateLogGroupCommand(group));
  await logs.send(new CreateLogStreamCommand(stream));
  await logs.send(
    new PutMetricFilterCommand({
      ...group,
      filterName: 'errors',
      filterPattern: '{ $.status >= 500 }',
      metricTransformations: [{ metricName: 'Errors', metricNamespace: 'App', metricValue: '1' }],
    }),
  );
  const now = Date.now();
  const events = [200, 500, 404].map((status, index) => ({ timestamp: now + index, message: JSON.stringify({ status, path: '/' }) }));
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents: events }));
  const paged: string[] = [];
  for await (const page of paginateGetLogEvents({ client: logs, stopOnSameToken: true }, { ...stream, startFromHead: true, limit: 2 })) {
    paged.push(...(page.events ?? []).map((event) => event.message ?? ''));
  }
  expect(paged).toEqual(events.map((event) => event.message));
  const last = await logs.send(new GetLogEventsCommand({ ...stream, limit: 1 }));
  expect(last.events).toMatchObject([{ message: events[2]?.message }]);
  const filtered = await logs.send(new FilterLogEventsCommand({ ...group, filterPattern: '{ $.status >= 400 && $.path = "/" }' }));
  expect(filtered.events).toHaveLength(2);
  const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ metricName: 'Errors', metricNamespace: 'App' }));
  expect(metricFilters).toMatchObject([{ filterName: 'errors', logGroupName: '/app' }]);
  const { queryId } = await logs.send(
    new StartQueryCommand({
      ...group,
      startTime: Math.floor(now / 1000) - 60,
      endTime: Math.floor(now / 1000) + 60,
      queryString: 'filter status >= 400 | stats count(*) as hits by path',
    }),
  );
  const { results, status } = await logs.send(new GetQueryResultsCommand({ queryId }));
  expect(status).toBe('Complete');
  expect(results).toEqual([
    [
      { field: 'path', value: '/' },
      { field: 'hits', value: '2' },
    ],
  ]);
});

test('subscription filters are kept, two for a group, and only to what can take them', async () => {
  const group = { logGroupName: '/subscribed' };
  await logs.send(new CreateLogGroupCommand(group));
  const put = (filterName: string, destinationArn: string): Promise<unknown> =>
    logs.send(new PutSubscriptionFilterCommand({ ...group, filterName, filterPattern: '', destinationArn }));
  const target = `arn:aws:lambda:us-east-1:${aws.account}:function:f`;
  await put('a', target);
  await put('b', target);
  await expect(put('c', target)).rejects.toMatchObject({ name: 'LimitExceededException' });
  await expect(put('a', 'arn:aws:sqs:us-east-1:1:q')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  expect((await logs.send(new DescribeSubscriptionFiltersCommand(group))).subscriptionFilters).toHaveLength(2);
});

test('parameters have versions with labels, a history, and paths', async () => {
  for (const Value of ['one', 'two']) {
    await ssm.send(new PutParameterCommand({ Name: '/app/key', Value, Type: 'SecureString', Overwrite: true }));
  }
  await ssm.send(new LabelParameterVersionCommand({ Name: '/app/key', ParameterVersion: 1, Labels: ['stable', '9lives'] }));
  const labelled = await ssm.send(new GetParameterCommand({ Name: '/app/key:stable', WithDecryption: true }));
  expect(labelled.Parameter).toMatchObject({ Value: 'one', Version: 1, Selector: ':stable' });
  const history = await ssm.send(new GetParameterHistoryCommand({ Name: '/app/key' }));
  expect(history.Parameters?.map(({ Version, Labels }) => [Version, Labels])).toEqual([
    [1, ['stable']],
    [2, []],
  ]);
  const found: string[] = [];
  for await (const page of paginateGetParametersByPath({ client: ssm }, { Path: '/app', Recursive: true })) {
    found.push(...(page.Parameters ?? []).map((one) => one.Name ?? ''));
  }
  expect(found).toEqual(['/app/key']);
  const many = await ssm.send(new GetParametersCommand({ Names: ['app/key', '/nothing'] }));
  expect([many.Parameters?.length, many.InvalidParameters]).toEqual([1, ['/nothing']]);
  await expect(ssm.send(new GetParameterCommand({ Name: '/app/key:7' }))).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
});

test('a secret has versions with stages, is read through Parameter Store, rotated, copied, deleted and restored', async () => {
  const first = await secrets.send(new CreateSecretCommand({ Name: 'db', SecretString: 'old' }));
  const second = await secrets.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'new', VersionStages: ['AWSPENDING'] }));
  expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString).toBe('old');
  await secrets.send(
    new UpdateSecretVersionStageCommand({
      SecretId: 'db',
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: second.VersionId,
      RemoveFromVersionId: first.VersionId,
    }),
  );
  expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'db', VersionStage: 'AWSPREVIOUS' }))).SecretString).toBe('old');
  const reference = await ssm.send(new GetParameterCommand({ Name: '/aws/reference/secretsmanager/db', WithDecryption: true }));
  expect(reference.Parameter).toMatchObject({ Type: 'SecureString', Value: 'new' });
  const copied = await secrets.send(new ReplicateSecretToRegionsCommand({ SecretId: 'db', AddReplicaRegions: [{ Region: 'eu-west-1' }] }));
  expect(copied.ReplicationStatus).toMatchObject([{ Region: 'eu-west-1', Status: 'InSync' }]);
  await secrets.send(new CreateSecretCommand({ Name: 'api', SecretString: 'key' }));
  await secrets.send(new RotateSecretCommand({ SecretId: 'api', RotationRules: { AutomaticallyAfterDays: 30 } }));
  expect(await secrets.send(new DescribeSecretCommand({ SecretId: 'api' }))).toMatchObject({ RotationEnabled: true });
  await secrets.send(new DeleteSecretCommand({ SecretId: 'api', RecoveryWindowInDays: 7 }));
  const batch = await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ['db', 'api'] }));
  expect([batch.SecretValues?.length, batch.Errors?.[0]?.ErrorCode]).toEqual([1, 'InvalidRequestException']);
  await secrets.send(new RestoreSecretCommand({ SecretId: 'api' }));
  expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'api' }))).SecretString).toBe('key');
  const { RandomPassword } = await secrets.send(new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true }));
  expect(RandomPassword).toMatch(/^[A-Za-z0-9]{20}$/);
});
