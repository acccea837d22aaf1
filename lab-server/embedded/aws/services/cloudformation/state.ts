// CloudFormation's records: stacks with their resources, their events, change sets.
import type * as sdk from '@aws-sdk/client-cloudformation';
import type { Table, Tables } from '../../state/tables.ts';
import type { Principal, Timestamped } from '../service.ts';

export interface ResourceRecord {
  logicalId: string;
  type: string;
  physicalId?: string;
  status: sdk.ResourceStatus;
  reason?: string;
  /** Properties with every function filled in, as they were applied last. */
  properties: Record<string, unknown>;
  attributes: Record<string, unknown>;
  updatedAt: number;
}

export interface StackOutput {
  key: string;
  value: string;
  description?: string;
  exportName?: string;
}

/** A template with its parameters: what a stack is, was, or shall be. */
export interface StackBody {
  template: string;
  parameters: Record<string, string>;
  tags: { Key: string; Value: string }[];
}

export interface Stack extends StackBody {
  stackId: string;
  stackName: string;
  account: string;
  region: string;
  status: sdk.StackStatus;
  statusReason?: string;
  description?: string;
  createdAt: number;
  updatedAt?: number;
  deletedAt?: number;
  capabilities: string[];
  notificationArns: string[];
  roleArn?: string;
  timeoutMinutes?: number;
  disableRollback: boolean;
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';
  terminationProtection: boolean;
  policy?: string;
  /** Values of parameters that stand for parameters of Systems Manager. */
  resolved: Record<string, string>;
  resources: Record<string, ResourceRecord>;
  outputs: StackOutput[];
  /** Names of exports that the template takes in. */
  imports: string[];
  /** Who acts for the stack. */
  principal: Principal;
  /** What the stack was before the update that is under way. */
  before?: StackBody;
  /** Replaced resources that wait for the end of the update. */
  leftovers: ResourceRecord[];
  /** Resources that a deletion shall keep. */
  retained?: string[];
  changeSetId?: string;
  /** Signals that a resource has got, by its logical id: names of their senders. */
  signals: Record<string, string[]>;
}

export type StackEvent = Timestamped<sdk.StackEvent> & { order: number };

export interface ChangeSet extends StackBody {
  changeSetId: string;
  name: string;
  stackId: string;
  stackName: string;
  type: 'CREATE' | 'UPDATE' | 'IMPORT';
  status: sdk.ChangeSetStatus;
  statusReason?: string;
  executionStatus: sdk.ExecutionStatus;
  description?: string;
  createdAt: number;
  capabilities: string[];
  notificationArns: string[];
  roleArn?: string;
  changes: Timestamped<sdk.Change>[];
}

export interface CloudFormationTables {
  /** By stack id. */
  stacks: Table<Stack>;
  events: Table<StackEvent>;
  changeSets: Table<ChangeSet>;
}

export function cloudFormationTables(tables: Tables): CloudFormationTables {
  return {
    stacks: tables.table('cloudformation.stacks'),
    events: tables.table('cloudformation.events'),
    changeSets: tables.table('cloudformation.change-sets'),
  };
}
