// PutEvents: events of the caller's own.
import type * as sdk from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { findBus } from './buses.ts';
import { busEvent, publish } from './deliver.ts';
import { busName } from './state.ts';

const MOST_ENTRIES = 10;

type Entry = Timestamped<sdk.PutEventsRequestEntry>;

/** What is wrong with an entry; the others go their way. */
function problemOf(entry: Entry): { ErrorCode: string; ErrorMessage: string } | undefined {
  for (const member of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[member] === undefined || entry[member] === '') {
      return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.` };
    }
  }
  try {
    const detail: unknown = JSON.parse(entry.Detail ?? '');
    if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    }
  } catch {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
  return (entry.Source ?? '').startsWith('aws.')
    ? { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' }
    : undefined;
}

function put(input: Timestamped<sdk.PutEventsRequest>, call: Call): Timestamped<Omit<sdk.PutEventsResponse, '$metadata'>> {
  const entries = input.Entries ?? [];
  if (entries.length > MOST_ENTRIES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ENTRIES}`,
    );
  }
  const results = entries.map((entry) => {
    const problem = problemOf(entry);
    if (problem) {
      return problem;
    }
    const given = {
      source: entry.Source ?? '',
      detailType: entry.DetailType ?? '',
      resources: entry.Resources,
      detail: JSON.parse(entry.Detail ?? '{}') as Record<string, unknown>,
      time: entry.Time,
    };
    const event = busEvent(given, call, call);
    const bus = busName(entry.EventBusName);
    // An event for a bus that does not exist is taken and goes nowhere, as with AWS.
    if (findBus(bus, call)) {
      publish(event, bus, call, call);
    }
    return { EventId: event.id };
  });
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

export const putEventsOperations: Readonly<Record<string, Operation>> = {
  PutEvents: operation<sdk.PutEventsRequest, sdk.PutEventsResponse>({
    authorize: (input, call) =>
      [...new Set((input.Entries ?? []).map((entry) => busName(entry.EventBusName)))].map((bus) => ({
        action: 'events:PutEvents',
        resource: `arn:aws:events:${call.region}:${call.account}:event-bus/${bus}`,
      })),
    handle: put,
  }),
};
