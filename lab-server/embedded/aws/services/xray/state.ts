// X-Ray's records.
import type * as sdk from '@aws-sdk/client-xray';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export interface Segment {
  id: string;
  traceId: string;
  name: string;
  /** Seconds since the epoch, as segments have them. */
  startTime: number;
  endTime?: number;
  isError: boolean;
  isFault: boolean;
  isThrottled: boolean;
  document: string;
}

export interface Trace {
  traceId: string;
  receivedAt: number;
  segments: Segment[];
}

export type SamplingRuleRecord = Timestamped<sdk.SamplingRuleRecord>;
export type Group = Timestamped<sdk.Group> & { tags: Timestamped<sdk.Tag>[] };

export interface XrayTables {
  traces: Table<Trace>;
  samplingRules: Table<SamplingRuleRecord>;
  groups: Table<Group>;
  encryption: Table<Timestamped<sdk.EncryptionConfig>>;
}

export function xrayTables(tables: Tables): XrayTables {
  return {
    traces: tables.table('xray.traces'),
    samplingRules: tables.table('xray.sampling-rules'),
    groups: tables.table('xray.groups'),
    encryption: tables.table('xray.encryption'),
  };
}
