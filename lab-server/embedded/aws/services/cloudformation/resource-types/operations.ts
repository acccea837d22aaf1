// AWS::Logs, AWS::CloudWatch, AWS::Events, AWS::SSM and AWS::SecretsManager.
import {
  listAt,
  recordAt,
  simpleType,
  tagsOf,
  textAt,
  type Place,
  type Properties,
  type ResourceType,
  type ResourceTypes,
} from './type.ts';
import { textOf } from '../text-of.ts';

const logGroup: ResourceType = {
  async create(properties, place) {
    const logGroupName = textOf(properties['LogGroupName'] ?? place.name());
    const tags = Object.fromEntries(tagsOf(properties, place).map(({ Key, Value }) => [Key, Value]));
    const { Tags: _tags, ...rest } = properties;
    await place.api('logs', 'CreateLogGroup', { ...rest, logGroupName, ...(Object.keys(tags).length > 0 ? { tags } : {}) });
    if (properties['RetentionInDays'] !== undefined) {
      await place.api('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: properties['RetentionInDays'] });
    }
    return { physicalId: logGroupName, attributes: { Arn: `arn:aws:logs:${place.region}:${place.account}:log-group:${logGroupName}:*` } };
  },
  replacedBy: ['LogGroupName'],
  async update(logGroupName, properties, place) {
    const days = properties['RetentionInDays'];
    await (days === undefined
      ? place.api('logs', 'DeleteRetentionPolicy', { logGroupName })
      : place.api('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: days }));
    return { physicalId: logGroupName };
  },
  async remove(logGroupName, place) {
    await place.api('logs', 'DeleteLogGroup', { logGroupName });
  },
};

const logStream: ResourceType = {
  async create(properties, place) {
    const logStreamName = textOf(properties['LogStreamName'] ?? place.name());
    await place.api('logs', 'CreateLogStream', { ...properties, logStreamName });
    return { physicalId: logStreamName };
  },
  async remove(logStreamName, place, properties) {
    await place.api('logs', 'DeleteLogStream', { ...properties, logStreamName });
  },
};

const metricFilter: ResourceType = {
  async create(properties, place) {
    const filterName = textOf(properties['FilterName'] ?? place.name());
    await place.api('logs', 'PutMetricFilter', { ...properties, filterName });
    return { physicalId: filterName };
  },
  replacedBy: ['LogGroupName', 'FilterName'],
  async update(filterName, properties, place) {
    await place.api('logs', 'PutMetricFilter', { ...properties, filterName });
    return { physicalId: filterName };
  },
  async remove(filterName, place, properties) {
    await place.api('logs', 'DeleteMetricFilter', { ...properties, filterName });
  },
};

const alarm: ResourceType = {
  async create(properties, place) {
    const AlarmName = textOf(properties['AlarmName'] ?? place.name());
    await place.api('monitoring', 'PutMetricAlarm', { ...properties, AlarmName, Tags: tagsOf(properties, place) });
    return { physicalId: AlarmName, attributes: { Arn: `arn:aws:cloudwatch:${place.region}:${place.account}:alarm:${AlarmName}` } };
  },
  replacedBy: ['AlarmName'],
  async update(AlarmName, properties, place) {
    await place.api('monitoring', 'PutMetricAlarm', { ...properties, AlarmName });
    return { physicalId: AlarmName };
  },
  async remove(AlarmName, place) {
    await place.api('monitoring', 'DeleteAlarms', { AlarmNames: [AlarmName] });
  },
};

const dashboard: ResourceType = {
  async create(properties, place) {
    const DashboardName = textOf(properties['DashboardName'] ?? place.name());
    await place.api('monitoring', 'PutDashboard', { ...properties, DashboardName });
    return { physicalId: DashboardName };
  },
  replacedBy: ['DashboardName'],
  async update(DashboardName, properties, place) {
    await place.api('monitoring', 'PutDashboard', { ...properties, DashboardName });
    return { physicalId: DashboardName };
  },
  async remove(DashboardName, place) {
    await place.api('monitoring', 'DeleteDashboards', { DashboardNames: [DashboardName] });
  },
};

async function putTargets(Rule: string, properties: Properties, before: Properties, place: Place): Promise<void> {
  const { EventBusName } = properties;
  const targets = listAt(properties['Targets']).map(recordAt);
  const gone = listAt(before['Targets'])
    .map(recordAt)
    .filter((one) => !targets.some((target) => target['Id'] === one['Id']));
  if (gone.length > 0) {
    await place.api('events', 'RemoveTargets', { Rule, EventBusName, Ids: gone.map((one) => one['Id']) });
  }
  if (targets.length > 0) {
    await place.api('events', 'PutTargets', { Rule, EventBusName, Targets: targets });
  }
}

/** A rule's name, without the bus that its physical id may begin with. */
function ruleName(physicalId: string): string {
  return physicalId.split('|').at(-1) ?? physicalId;
}

const rule: ResourceType = {
  async create(properties, place) {
    const Name = textOf(properties['Name'] ?? place.name(64));
    const Arn = textAt(await place.api('events', 'PutRule', { ...properties, Name, Tags: tagsOf(properties, place) }), 'RuleArn');
    await putTargets(Name, properties, {}, place);
    const bus = properties['EventBusName'];
    return { physicalId: bus === undefined || bus === 'default' ? Name : `${textOf(bus)}|${Name}`, attributes: { Arn } };
  },
  replacedBy: ['Name', 'EventBusName'],
  async update(physicalId, properties, place, before) {
    await place.api('events', 'PutRule', { ...properties, Name: ruleName(physicalId) });
    await putTargets(ruleName(physicalId), properties, before, place);
    return { physicalId };
  },
  async remove(physicalId, place, properties) {
    const Name = ruleName(physicalId);
    const Ids = listAt(properties['Targets']).map((target) => recordAt(target)['Id']);
    if (Ids.length > 0) {
      await place.api('events', 'RemoveTargets', { Rule: Name, EventBusName: properties['EventBusName'], Ids });
    }
    await place.api('events', 'DeleteRule', { Name, EventBusName: properties['EventBusName'] });
  },
};

const parameter: ResourceType = {
  async create(properties, place) {
    const Name = textOf(properties['Name'] ?? place.name());
    const Tags = tagsOf(properties, place);
    await place.api('ssm', 'PutParameter', { ...properties, Name, ...(Tags.length > 0 ? { Tags } : { Tags: undefined }) });
    return { physicalId: Name, attributes: { Type: textOf(properties['Type'] ?? ''), Value: textOf(properties['Value'] ?? '') } };
  },
  replacedBy: ['Name'],
  async update(Name, properties, place) {
    await place.api('ssm', 'PutParameter', { ...properties, Name, Overwrite: true, Tags: undefined });
    return { physicalId: Name, attributes: { Type: textOf(properties['Type'] ?? ''), Value: textOf(properties['Value'] ?? '') } };
  },
  async remove(Name, place) {
    await place.api('ssm', 'DeleteParameter', { Name });
  },
};

/** The value of a secret: given, or made up as the template asks. */
async function secretString(properties: Properties, place: Place): Promise<string | undefined> {
  const wanted = recordAt(properties['GenerateSecretString']);
  if (properties['GenerateSecretString'] === undefined) {
    return properties['SecretString'] === undefined ? undefined : textOf(properties['SecretString']);
  }
  const answer = await place.api('secretsmanager', 'GetRandomPassword', wanted);
  const password = textAt(answer, 'RandomPassword');
  const key = wanted['GenerateStringKey'];
  return key === undefined
    ? password
    : JSON.stringify({ ...(JSON.parse(textOf(wanted['SecretStringTemplate'] ?? '{}')) as object), [textOf(key)]: password });
}

const secret: ResourceType = {
  async create(properties, place) {
    const Tags = tagsOf(properties, place);
    const input = {
      ...properties,
      Name: properties['Name'] ?? place.name(),
      SecretString: await secretString(properties, place),
      ClientRequestToken: undefined,
      Tags: Tags.length > 0 ? Tags : undefined,
    };
    const arn = textAt(await place.api('secretsmanager', 'CreateSecret', input), 'ARN');
    return { physicalId: arn, attributes: { Id: arn } };
  },
  replacedBy: ['Name'],
  async update(SecretId, properties, place) {
    const value = properties['GenerateSecretString'] === undefined ? { SecretString: properties['SecretString'] } : {};
    await place.api('secretsmanager', 'UpdateSecret', { SecretId, Description: properties['Description'], ...value });
    return { physicalId: SecretId };
  },
  async remove(SecretId, place) {
    await place.api('secretsmanager', 'DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true });
  },
};

export const operationTypes: ResourceTypes = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::LogStream': logStream,
  'AWS::Logs::MetricFilter': metricFilter,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::Dashboard': dashboard,
  'AWS::Events::Rule': rule,
  'AWS::Events::EventBus': simpleType({
    service: 'events',
    create: 'CreateEventBus',
    id: 'Name',
    key: 'Name',
    remove: 'DeleteEventBus',
    attributes: { Arn: 'EventBusArn', Name: 'Name' },
  }),
  'AWS::Events::Archive': simpleType({
    service: 'events',
    create: 'CreateArchive',
    id: 'ArchiveName',
    key: 'ArchiveName',
    remove: 'DeleteArchive',
    update: 'UpdateArchive',
    named: ['ArchiveName', 48],
    tags: 'no',
    attributes: { Arn: 'ArchiveArn' },
  }),
  'AWS::SSM::Parameter': parameter,
  'AWS::SecretsManager::Secret': secret,
  'AWS::SecretsManager::ResourcePolicy': {
    async create(properties, place) {
      await place.api('secretsmanager', 'PutResourcePolicy', properties);
      return { physicalId: textOf(properties['SecretId']) };
    },
    async remove(SecretId, place) {
      await place.api('secretsmanager', 'DeleteResourcePolicy', { SecretId });
    },
  },
};
