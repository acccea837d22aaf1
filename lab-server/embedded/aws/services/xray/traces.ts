// Segments of traces: taken as the daemon sends them, given back by trace.
import type * as sdk from '@aws-sdk/client-xray';
import { z } from 'zod';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { xrayTables, type Segment, type Trace } from './state.ts';

const MOST_TRACES = 1000;
const PAGE = 100;
const SECOND = 1000;

const segmentShape = z.looseObject({
  id: z.string(),
  trace_id: z.string(),
  name: z.string(),
  start_time: z.number(),
  end_time: z.number().optional(),
  error: z.boolean().optional(),
  fault: z.boolean().optional(),
  throttle: z.boolean().optional(),
});

function segmentOf(document: string): Segment | { Id?: string; ErrorCode: string; Message: string } {
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch {
    return { ErrorCode: 'ParseError', Message: `Invalid segment. ErrorCode: ParseError` };
  }
  const parsed = segmentShape.safeParse(json);
  if (!parsed.success) {
    const missing = String(parsed.error.issues[0]?.path[0] ?? 'document');
    return { ErrorCode: 'MissingField', Message: `Invalid segment. ErrorCode: Missing${missing}` };
  }
  const { id, trace_id: traceId, name, start_time: startTime, end_time: endTime, error, fault, throttle } = parsed.data;
  return {
    id,
    traceId,
    name,
    startTime,
    endTime,
    isError: error ?? false,
    isFault: fault ?? false,
    isThrottled: throttle ?? false,
    document,
  };
}

function put(input: Timestamped<sdk.PutTraceSegmentsRequest>, call: Call): Timestamped<Omit<sdk.PutTraceSegmentsResult, '$metadata'>> {
  const { traces } = xrayTables(call.tables);
  const failed: Timestamped<sdk.UnprocessedTraceSegment>[] = [];
  for (const document of input.TraceSegmentDocuments ?? []) {
    const segment = segmentOf(document);
    if ('ErrorCode' in segment) {
      failed.push(segment);
      continue;
    }
    const key = scopeKey(call, segment.traceId);
    const known = traces.get(key);
    // A segment that comes again, finished, takes the place of the one in progress.
    const others = (known?.segments ?? []).filter((one) => one.id !== segment.id);
    traces.put(key, { traceId: segment.traceId, receivedAt: known?.receivedAt ?? call.clock.now(), segments: [...others, segment] });
  }
  const all = traces.entries(`${scopeKey(call)}/`);
  if (all.length > MOST_TRACES) {
    const oldest = all.toSorted(([, left], [, right]) => left.receivedAt - right.receivedAt).slice(0, all.length - MOST_TRACES);
    oldest.forEach(([key]) => traces.delete(key));
  }
  return { UnprocessedTraceSegments: failed };
}

function span({ segments }: Trace): { start: number; end: number; duration: number } {
  const start = Math.min(...segments.map((segment) => segment.startTime));
  const end = Math.max(...segments.map((segment) => segment.endTime ?? segment.startTime));
  return { start, end, duration: Number((end - start).toFixed(3)) };
}

function tracesWithin(from: number | undefined, until: number | undefined, call: Call): Trace[] {
  return xrayTables(call.tables)
    .traces.list(`${scopeKey(call)}/`)
    .filter((trace) => span(trace).end * SECOND >= (from ?? 0) && span(trace).start * SECOND <= (until ?? Infinity));
}

export const traceOperations: Readonly<Record<string, Operation>> = {
  PutTraceSegments: operation<sdk.PutTraceSegmentsRequest, sdk.PutTraceSegmentsResult>({ handle: put }),
  PutTelemetryRecords: operation<sdk.PutTelemetryRecordsRequest, sdk.PutTelemetryRecordsResult>({ handle: () => ({}) }),
  BatchGetTraces: operation<sdk.BatchGetTracesRequest, sdk.BatchGetTracesResult>({
    handle: (input, call) => {
      const { traces } = xrayTables(call.tables);
      const ids = input.TraceIds ?? [];
      return {
        Traces: ids.flatMap((id) => {
          const trace = traces.get(scopeKey(call, id));
          return trace
            ? [
                {
                  Id: id,
                  Duration: span(trace).duration,
                  LimitExceeded: false,
                  Segments: trace.segments.map(({ id: Id, document }) => ({ Id, Document: document })),
                },
              ]
            : [];
        }),
        UnprocessedTraceIds: ids.filter((id) => !traces.has(scopeKey(call, id))),
      };
    },
  }),
  GetTraceSummaries: operation<sdk.GetTraceSummariesRequest, sdk.GetTraceSummariesResult>({
    handle: (input, call) => {
      const found = tracesWithin(input.StartTime, input.EndTime, call);
      const page = pageOf(found, input.NextToken, PAGE);
      return {
        TraceSummaries: page.items.map((trace) => ({
          Id: trace.traceId,
          Duration: span(trace).duration,
          ResponseTime: span(trace).duration,
          HasError: trace.segments.some((segment) => segment.isError),
          HasFault: trace.segments.some((segment) => segment.isFault),
          HasThrottle: trace.segments.some((segment) => segment.isThrottled),
          IsPartial: trace.segments.some((segment) => segment.endTime === undefined),
          StartTime: span(trace).start * SECOND,
          ServiceIds: [...new Set(trace.segments.map((segment) => segment.name))].map((Name) => ({ Name, Names: [Name] })),
        })),
        ApproximateTime: call.clock.now(),
        TracesProcessedCount: found.length,
        NextToken: page.nextToken,
      };
    },
  }),
  GetServiceGraph: operation<sdk.GetServiceGraphRequest, sdk.GetServiceGraphResult>({
    handle: (input, call) => {
      const names = new Set(
        tracesWithin(input.StartTime, input.EndTime, call).flatMap((trace) => trace.segments.map((segment) => segment.name)),
      );
      return {
        StartTime: input.StartTime,
        EndTime: input.EndTime,
        Services: [...names].map((Name, ReferenceId) => ({ ReferenceId, Name, Names: [Name], State: 'active', Edges: [] })),
        ContainsOldGroupVersions: false,
      };
    },
  }),
  GetTraceGraph: operation<sdk.GetTraceGraphRequest, sdk.GetTraceGraphResult>({
    handle: (input, call) => {
      const { traces } = xrayTables(call.tables);
      const names = new Set(
        (input.TraceIds ?? []).flatMap((id) => traces.get(scopeKey(call, id))?.segments.map((segment) => segment.name) ?? []),
      );
      return { Services: [...names].map((Name, ReferenceId) => ({ ReferenceId, Name, Names: [Name], State: 'active', Edges: [] })) };
    },
  }),
};
