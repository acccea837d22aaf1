// Event buses and who may put events on them.
import type * as sdk from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey, type Scope } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { busName, DEFAULT_BUS, eventTables, ruleKey, type Bus } from './state.ts';

const PAGE = 100;
const NAME = /^[\w./-]{1,256}$/;

export function busArn(scope: Scope, name: string): string {
  return arn('events', scope, `event-bus/${name}`);
}

function defaultBus(scope: Scope): Bus {
  return { name: DEFAULT_BUS, arn: busArn(scope, DEFAULT_BUS), createdAt: 0, statements: {}, tags: [] };
}

/** A bus by name; the default one is always there. */
export function findBus(name: string, call: Pick<Call, 'tables' | 'account' | 'region'>): Bus | undefined {
  return eventTables(call.tables).buses.get(scopeKey(call, name)) ?? (name === DEFAULT_BUS ? defaultBus(call) : undefined);
}

/** The same. Throws ResourceNotFoundException. */
export function requireBus(reference: string | undefined, call: Call): Bus {
  const bus = findBus(busName(reference), call);
  if (!bus) {
    throw new AwsError('ResourceNotFoundException', `Event bus ${busName(reference)} does not exist.`);
  }
  return bus;
}

export function saveBus(bus: Bus, call: Call): void {
  eventTables(call.tables).buses.put(scopeKey(call, bus.name), bus);
}

function policyOf({ statements }: Bus): string | undefined {
  const all = Object.values(statements);
  return all.length === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Statement: all });
}

function shown(bus: Bus): Timestamped<sdk.EventBus> {
  const policy = policyOf(bus);
  return {
    Name: bus.name,
    Arn: bus.arn,
    ...(bus.description === undefined ? {} : { Description: bus.description }),
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(bus.createdAt > 0 ? { CreationTime: bus.createdAt, LastModifiedTime: bus.createdAt } : {}),
  };
}

function create(input: Timestamped<sdk.CreateEventBusRequest>, call: Call): Timestamped<Omit<sdk.CreateEventBusResponse, '$metadata'>> {
  const name = input.Name ?? '';
  if (findBus(name, call)) {
    throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
  }
  if (input.EventSourceName === undefined && name.includes('/')) {
    throw new AwsError('ValidationException', "Event bus name must not contain '/'.");
  }
  if (name.startsWith('aws.partner/') || input.EventSourceName !== undefined) {
    throw new AwsError('ResourceNotFoundException', `Event source ${input.EventSourceName ?? name} does not exist.`);
  }
  if (!NAME.test(name)) {
    throw new AwsError(
      'ValidationException',
      String.raw`1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\.\-_A-Za-z0-9]+`,
    );
  }
  const bus: Bus = {
    name,
    arn: busArn(call, name),
    createdAt: call.clock.now(),
    description: input.Description,
    kmsKeyIdentifier: input.KmsKeyIdentifier,
    deadLetterArn: input.DeadLetterConfig?.Arn,
    statements: {},
    tags: input.Tags ?? [],
  };
  saveBus(bus, call);
  return {
    EventBusArn: bus.arn,
    Description: bus.description,
    KmsKeyIdentifier: bus.kmsKeyIdentifier,
    DeadLetterConfig: input.DeadLetterConfig,
  };
}

function putPermission(input: Timestamped<sdk.PutPermissionRequest>, call: Call): object {
  const bus = requireBus(input.EventBusName, call);
  if (input.Policy !== undefined) {
    let statements: { Sid?: string }[];
    try {
      statements = [(JSON.parse(input.Policy) as { Statement: { Sid?: string }[] }).Statement].flat();
    } catch {
      throw new AwsError('ValidationException', 'Policy is not valid JSON.');
    }
    saveBus({ ...bus, statements: Object.fromEntries(statements.map((one, index) => [one.Sid ?? String(index), one])) }, call);
    return {};
  }
  if (input.Action !== 'events:PutEvents') {
    throw new AwsError('ValidationException', "Provided value in parameter 'action' is not supported.");
  }
  const { Principal = '', StatementId = '' } = input;
  if (!/^(\*|\d{12})$/.test(Principal)) {
    throw new AwsError('InvalidParameterValue', String.raw`Principal must match ^(\d{1,12}|\*)$`.replace('1,', ''));
  }
  const statement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action: input.Action,
    Resource: bus.arn,
    ...(input.Condition ? { Condition: { [input.Condition.Type ?? '']: { [input.Condition.Key ?? '']: input.Condition.Value } } } : {}),
  };
  saveBus({ ...bus, statements: { ...bus.statements, [StatementId]: statement } }, call);
  return {};
}

function removePermission(input: Timestamped<sdk.RemovePermissionRequest>, call: Call): object {
  const bus = requireBus(input.EventBusName, call);
  if (input.RemoveAllPermissions) {
    saveBus({ ...bus, statements: {} }, call);
    return {};
  }
  if (Object.keys(bus.statements).length === 0) {
    throw new AwsError('ResourceNotFoundException', 'EventBus does not have a policy.');
  }
  const { [input.StatementId ?? '']: removed, ...statements } = bus.statements;
  if (!removed) {
    throw new AwsError('ResourceNotFoundException', 'Statement with the provided id does not exist.');
  }
  saveBus({ ...bus, statements }, call);
  return {};
}

export const busOperations: Readonly<Record<string, Operation>> = {
  CreateEventBus: operation<sdk.CreateEventBusRequest, sdk.CreateEventBusResponse>({ handle: create }),
  DescribeEventBus: operation<sdk.DescribeEventBusRequest, sdk.DescribeEventBusResponse>({
    handle: (input, call) => shown(requireBus(input.Name, call)),
  }),
  UpdateEventBus: operation<sdk.UpdateEventBusRequest, sdk.UpdateEventBusResponse>({
    handle: (input, call) => {
      const bus = requireBus(input.Name, call);
      const changed = {
        ...bus,
        description: input.Description ?? bus.description,
        kmsKeyIdentifier: input.KmsKeyIdentifier ?? bus.kmsKeyIdentifier,
      };
      saveBus(changed, call);
      return { Arn: bus.arn, Name: bus.name, Description: changed.description, KmsKeyIdentifier: changed.kmsKeyIdentifier };
    },
  }),
  ListEventBuses: operation<sdk.ListEventBusesRequest, sdk.ListEventBusesResponse>({
    handle: (input, call) => {
      const own = eventTables(call.tables).buses.list(`${scopeKey(call)}/`);
      const all = own.some((bus) => bus.name === DEFAULT_BUS) ? own : [defaultBus(call), ...own];
      const found = all
        .filter((bus) => bus.name.startsWith(input.NamePrefix ?? ''))
        .toSorted((left, right) => (left.name < right.name ? -1 : 1));
      const page = pageOf(found, input.NextToken, input.Limit ?? PAGE);
      return { EventBuses: page.items.map(shown), NextToken: page.nextToken };
    },
  }),
  DeleteEventBus: operation<sdk.DeleteEventBusRequest, object>({
    handle: (input, call) => {
      const name = busName(input.Name);
      if (name === DEFAULT_BUS) {
        throw new AwsError('ValidationException', `Cannot delete event bus ${name}.`);
      }
      const tables = eventTables(call.tables);
      for (const [key] of tables.rules.entries(ruleKey(call, name))) {
        tables.rules.delete(key);
      }
      tables.buses.delete(scopeKey(call, name));
      return {};
    },
  }),
  PutPermission: operation<sdk.PutPermissionRequest, object>({ handle: putPermission }),
  RemovePermission: operation<sdk.RemovePermissionRequest, object>({ handle: removePermission }),
};
