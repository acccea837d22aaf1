// Archives of events, and replays of them.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { findBus } from './buses.ts';
import { publish } from './deliver.ts';
import { checkPattern } from './patterns.ts';
import { busName, DEFAULT_BUS, eventTables, ruleKey, type Archive, type Replay } from './state.ts';

const PAGE = 100;
const LONGEST_NAME = 48;
const ARCHIVE_STATES = ['ENABLED', 'DISABLED', 'CREATING', 'UPDATING', 'CREATE_FAILED', 'UPDATE_FAILED'];
const REPLAY_STATES = ['CANCELLED', 'CANCELLING', 'COMPLETED', 'FAILED', 'RUNNING', 'STARTING'];
const UNFINISHED = new Set(['STARTING', 'RUNNING']);

function requireArchive(name: string | undefined, call: Call): Archive {
  const archive = eventTables(call.tables).archives.get(scopeKey(call, name ?? ''));
  if (!archive) {
    throw new AwsError('ResourceNotFoundException', `Archive ${name ?? ''} does not exist.`);
  }
  return archive;
}

function shown(archive: Archive): Timestamped<Omit<sdk.DescribeArchiveResponse, '$metadata'>> {
  return {
    ArchiveArn: archive.arn,
    ArchiveName: archive.name,
    EventSourceArn: archive.sourceArn,
    ...(archive.description === undefined ? {} : { Description: archive.description }),
    ...(archive.eventPattern === undefined ? {} : { EventPattern: archive.eventPattern }),
    State: 'ENABLED',
    RetentionDays: archive.retentionDays,
    SizeBytes: archive.events.reduce((sum, event) => sum + JSON.stringify(event).length, 0),
    EventCount: archive.events.length,
    CreationTime: archive.createdAt,
  };
}

/** EventBridge keeps a rule of its own for each archive: everything that the archive takes, but for replays. */
function keepRule(archive: Archive, bus: string, call: Call): void {
  const name = `Events-Archive-${archive.name}`;
  const pattern = { ...(JSON.parse(archive.eventPattern ?? '{}') as object), 'replay-name': [{ exists: false }] };
  eventTables(call.tables).rules.put(ruleKey(call, bus, name), {
    name,
    arn: arn('events', call, bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`),
    bus,
    eventPattern: JSON.stringify(pattern),
    state: 'ENABLED',
    createdBy: call.account,
    managedBy: 'prod.vhs.events.aws.internal',
    scheduledAt: archive.createdAt,
    targets: [],
    tags: [],
  });
}

/** At most one way of filtering a listing; the state must be one that there is. */
function checkFilters(
  input: { NamePrefix?: string; EventSourceArn?: string; State?: string },
  operationName: string,
  states: readonly string[],
): void {
  if ([input.NamePrefix, input.EventSourceArn, input.State].filter((one) => one !== undefined).length > 1) {
    throw new AwsError(
      'ValidationException',
      `At most one filter is allowed for ${operationName}. Use either : State, EventSourceArn, or NamePrefix.`,
    );
  }
  if (input.State !== undefined && !states.includes(input.State)) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${input.State}' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [${states.join(', ')}]`,
    );
  }
}

function create(input: Timestamped<sdk.CreateArchiveRequest>, call: Call): Timestamped<Omit<sdk.CreateArchiveResponse, '$metadata'>> {
  const name = input.ArchiveName ?? '';
  if (name.length > LONGEST_NAME) {
    throw new AwsError(
      'ValidationException',
      ` 1 validation error detected: Value '${name}' at 'archiveName' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_NAME}`,
    );
  }
  const bus = busName(input.EventSourceArn);
  if (!findBus(bus, call)) {
    throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
  }
  if (input.EventPattern !== undefined) {
    checkPattern(input.EventPattern);
  }
  const { archives } = eventTables(call.tables);
  if (archives.has(scopeKey(call, name))) {
    throw new AwsError('ResourceAlreadyExistsException', `Archive ${name} already exists.`);
  }
  const archive: Archive = {
    name,
    arn: arn('events', call, `archive/${name}`),
    sourceArn: input.EventSourceArn ?? '',
    description: input.Description,
    eventPattern: input.EventPattern,
    retentionDays: input.RetentionDays ?? 0,
    createdAt: call.clock.now(),
    events: [],
  };
  archives.put(scopeKey(call, name), archive);
  keepRule(archive, bus, call);
  return { ArchiveArn: archive.arn, CreationTime: archive.createdAt, State: 'ENABLED' };
}

function requireReplay(name: string | undefined, call: Call): Replay {
  const replay = eventTables(call.tables).replays.get(scopeKey(call, name ?? ''));
  if (!replay) {
    throw new AwsError('ResourceNotFoundException', `Replay ${name ?? ''} does not exist.`);
  }
  return replay;
}

function startReplay(input: Timestamped<sdk.StartReplayRequest>, call: Call): Timestamped<Omit<sdk.StartReplayResponse, '$metadata'>> {
  const name = input.ReplayName ?? '';
  const destination = input.Destination?.Arn ?? '';
  if (!/:event-bus\//.test(destination)) {
    throw new AwsError('ValidationException', 'Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.');
  }
  const bus = busName(destination);
  if (!findBus(bus, call)) {
    throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
  }
  const archiveName = (input.EventSourceArn ?? '').split('/').at(-1) ?? '';
  const tables = eventTables(call.tables);
  const archive = tables.archives.get(scopeKey(call, archiveName));
  if (!archive) {
    throw new AwsError('ValidationException', `Parameter EventSourceArn is not valid. Reason: Archive ${archiveName} does not exist.`);
  }
  if (archive.sourceArn !== destination) {
    throw new AwsError('ValidationException', 'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.');
  }
  const { EventStartTime: from = 0, EventEndTime: until = 0 } = input;
  if (from > until) {
    throw new AwsError('ValidationException', 'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.');
  }
  if (tables.replays.has(scopeKey(call, name))) {
    throw new AwsError('ResourceAlreadyExistsException', `Replay ${name} already exists.`);
  }
  const now = call.clock.now();
  const replay: Replay = {
    name,
    ReplayName: name,
    ReplayArn: arn('events', call, `replay/${name}`),
    Description: input.Description,
    State: 'COMPLETED',
    EventSourceArn: archive.arn,
    Destination: input.Destination,
    EventStartTime: from,
    EventEndTime: until,
    EventLastReplayedTime: until,
    ReplayStartTime: now,
    ReplayEndTime: now,
  };
  tables.replays.put(scopeKey(call, name), replay);
  for (const event of archive.events) {
    const at = globalThis.Date.parse(event.time);
    // Events know their second only.
    if (at >= Math.floor(from / 1000) * 1000 && at <= until) {
      publish({ ...event, id: randomUUID(), 'replay-name': name }, bus, call, call);
    }
  }
  return { ReplayArn: replay.ReplayArn, State: 'STARTING', ReplayStartTime: now };
}

export const archiveOperations: Readonly<Record<string, Operation>> = {
  CreateArchive: operation<sdk.CreateArchiveRequest, sdk.CreateArchiveResponse>({ handle: create }),
  DescribeArchive: operation<sdk.DescribeArchiveRequest, sdk.DescribeArchiveResponse>({
    handle: (input, call) => shown(requireArchive(input.ArchiveName, call)),
  }),
  ListArchives: operation<sdk.ListArchivesRequest, sdk.ListArchivesResponse>({
    handle: (input, call) => {
      checkFilters(input, 'ListArchives', ARCHIVE_STATES);
      const found = eventTables(call.tables)
        .archives.list(`${scopeKey(call)}/`)
        .filter(
          (one) =>
            one.name.startsWith(input.NamePrefix ?? '') &&
            (input.EventSourceArn === undefined || one.sourceArn === input.EventSourceArn) &&
            (input.State ?? 'ENABLED') === 'ENABLED',
        )
        .map((one) => {
          const { ArchiveArn: _arn, Description: _description, EventPattern: _pattern, ...summary } = shown(one);
          return summary;
        });
      const page = pageOf(found, input.NextToken, input.Limit ?? PAGE);
      return { Archives: page.items, NextToken: page.nextToken };
    },
  }),
  UpdateArchive: operation<sdk.UpdateArchiveRequest, sdk.UpdateArchiveResponse>({
    handle: (input, call) => {
      const archive = requireArchive(input.ArchiveName, call);
      if (input.EventPattern !== undefined) {
        checkPattern(input.EventPattern);
      }
      const changed = {
        ...archive,
        description: input.Description ?? archive.description,
        eventPattern: input.EventPattern ?? archive.eventPattern,
        retentionDays: input.RetentionDays ?? archive.retentionDays,
      };
      eventTables(call.tables).archives.put(scopeKey(call, archive.name), changed);
      keepRule(changed, busName(archive.sourceArn), call);
      return { ArchiveArn: archive.arn, CreationTime: archive.createdAt, State: 'ENABLED' };
    },
  }),
  DeleteArchive: operation<sdk.DeleteArchiveRequest, object>({
    handle: (input, call) => {
      const { name, sourceArn } = requireArchive(input.ArchiveName, call);
      eventTables(call.tables).archives.delete(scopeKey(call, name));
      eventTables(call.tables).rules.delete(ruleKey(call, busName(sourceArn), `Events-Archive-${name}`));
      return {};
    },
  }),
  StartReplay: operation<sdk.StartReplayRequest, sdk.StartReplayResponse>({ handle: startReplay }),
  DescribeReplay: operation<sdk.DescribeReplayRequest, sdk.DescribeReplayResponse>({
    handle: (input, call) => {
      const { name: _name, ...replay } = requireReplay(input.ReplayName, call);
      return replay;
    },
  }),
  ListReplays: operation<sdk.ListReplaysRequest, sdk.ListReplaysResponse>({
    handle: (input, call) => {
      checkFilters(input, 'ListReplays', REPLAY_STATES);
      const found = eventTables(call.tables)
        .replays.list(`${scopeKey(call)}/`)
        .filter(
          (one) =>
            one.name.startsWith(input.NamePrefix ?? '') &&
            (input.EventSourceArn === undefined || one.EventSourceArn === input.EventSourceArn) &&
            (input.State === undefined || one.State === input.State),
        )
        .map(({ name: _name, ReplayArn: _arn, Description: _description, Destination: _destination, ...summary }) => summary);
      const page = pageOf(found, input.NextToken, input.Limit ?? PAGE);
      return { Replays: page.items, NextToken: page.nextToken };
    },
  }),
  CancelReplay: operation<sdk.CancelReplayRequest, sdk.CancelReplayResponse>({
    handle: (input, call) => {
      const replay = requireReplay(input.ReplayName, call);
      if (!UNFINISHED.has(replay.State ?? '')) {
        throw new AwsError('IllegalStatusException', `Replay ${replay.name} is not in a valid state for this operation.`);
      }
      return { ReplayArn: replay.ReplayArn, State: 'CANCELLING' };
    },
  }),
};
