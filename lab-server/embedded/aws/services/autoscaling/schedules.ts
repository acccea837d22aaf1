// Scheduled actions and lifecycle hooks of groups.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { pageOf } from '../pages.ts';
import { parseUnixCron } from '../schedule.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidToken } from './groups.ts';
import { groupTables, inGroup, requireGroup, validation, type ScheduledAction } from './state.ts';
import { groupWorldOf } from './world.ts';

const PAGE = 50;
const TRANSITIONS = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'];

type NewAction = Timestamped<sdk.ScheduledUpdateGroupActionRequest>;

function putAction(groupName: string | undefined, action: NewAction, call: Call): void {
  const group = requireGroup(groupName, call);
  const name = action.ScheduledActionName ?? '';
  if (action.Recurrence !== undefined && !parseUnixCron(action.Recurrence, action.TimeZone)) {
    throw validation(`Given Recurrence string:${action.Recurrence} is invalid`);
  }
  const key = inGroup(call, group.AutoScalingGroupName, name);
  const { scheduledActions } = groupTables(call.tables);
  const before = scheduledActions.get(key);
  scheduledActions.put(key, {
    ...action,
    ScheduledActionName: name,
    AutoScalingGroupName: group.AutoScalingGroupName,
    ScheduledActionARN:
      before?.ScheduledActionARN ??
      arn(
        'autoscaling',
        call,
        `scheduledUpdateGroupAction:${randomUUID()}:autoScalingGroupName/${group.AutoScalingGroupName ?? ''}:scheduledActionName/${name}`,
      ),
    ...(action.StartTime === undefined ? {} : { Time: action.StartTime }),
  } as ScheduledAction);
  groupWorldOf(call).reschedule();
}

export const scheduleOperations: Readonly<Record<string, Operation>> = {
  PutScheduledUpdateGroupAction: operation<sdk.PutScheduledUpdateGroupActionType, object>({
    handle: (input, call) => {
      const { AutoScalingGroupName, ...action } = input;
      putAction(AutoScalingGroupName, action, call);
      return {};
    },
  }),
  BatchPutScheduledUpdateGroupAction: operation<sdk.BatchPutScheduledUpdateGroupActionType, sdk.BatchPutScheduledUpdateGroupActionAnswer>({
    handle: (input, call) => {
      const failed = (input.ScheduledUpdateGroupActions ?? []).flatMap((action) => {
        try {
          putAction(input.AutoScalingGroupName, action, call);
          return [];
        } catch (error) {
          return [
            {
              ScheduledActionName: action.ScheduledActionName,
              ErrorCode: 'ValidationError',
              ErrorMessage: error instanceof Error ? error.message : '',
            },
          ];
        }
      });
      return { FailedScheduledUpdateGroupActions: failed };
    },
  }),
  DescribeScheduledActions: operation<sdk.DescribeScheduledActionsType, sdk.ScheduledActionsType>({
    handle: (input, call) => {
      const prefix = input.AutoScalingGroupName === undefined ? `${scopeKey(call)}/` : inGroup(call, input.AutoScalingGroupName);
      const found = groupTables(call.tables)
        .scheduledActions.list(prefix)
        .filter((one) => !input.ScheduledActionNames?.length || input.ScheduledActionNames.includes(one.ScheduledActionName ?? ''));
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? PAGE, invalidToken);
      return { ScheduledUpdateGroupActions: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteScheduledAction: operation<sdk.DeleteScheduledActionType, object>({
    handle: (input, call) => {
      requireGroup(input.AutoScalingGroupName, call);
      if (!groupTables(call.tables).scheduledActions.delete(inGroup(call, input.AutoScalingGroupName, input.ScheduledActionName))) {
        throw validation(`Scheduled action name not found - ${input.ScheduledActionName ?? ''}`);
      }
      groupWorldOf(call).reschedule();
      return {};
    },
  }),
  BatchDeleteScheduledAction: operation<sdk.BatchDeleteScheduledActionType, sdk.BatchDeleteScheduledActionAnswer>({
    handle: (input, call) => {
      requireGroup(input.AutoScalingGroupName, call);
      const failed = (input.ScheduledActionNames ?? []).flatMap((name) =>
        groupTables(call.tables).scheduledActions.delete(inGroup(call, input.AutoScalingGroupName, name))
          ? []
          : [{ ScheduledActionName: name, ErrorCode: 'ValidationError', ErrorMessage: `Scheduled action name not found - ${name}` }],
      );
      groupWorldOf(call).reschedule();
      return { FailedScheduledActions: failed };
    },
  }),
  PutLifecycleHook: operation<sdk.PutLifecycleHookType, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const { hooks } = groupTables(call.tables);
      const key = inGroup(call, group.AutoScalingGroupName, input.LifecycleHookName);
      const before = hooks.get(key);
      const transition = input.LifecycleTransition ?? before?.LifecycleTransition;
      if (transition === undefined || !TRANSITIONS.includes(transition)) {
        throw validation(`Valid lifecycle transitions are: ${TRANSITIONS.join(', ')}`);
      }
      hooks.put(key, {
        ...before,
        ...input,
        LifecycleTransition: transition,
        HeartbeatTimeout: input.HeartbeatTimeout ?? before?.HeartbeatTimeout ?? 3600,
        GlobalTimeout: 172_800,
        DefaultResult: input.DefaultResult ?? before?.DefaultResult ?? 'ABANDON',
      });
      return {};
    },
  }),
  DescribeLifecycleHooks: operation<sdk.DescribeLifecycleHooksType, sdk.DescribeLifecycleHooksAnswer>({
    handle: (input, call) => ({
      LifecycleHooks: groupTables(call.tables)
        .hooks.list(inGroup(call, requireGroup(input.AutoScalingGroupName, call).AutoScalingGroupName))
        .filter((one) => !input.LifecycleHookNames?.length || input.LifecycleHookNames.includes(one.LifecycleHookName ?? '')),
    }),
  }),
  DeleteLifecycleHook: operation<sdk.DeleteLifecycleHookType, object>({
    handle: (input, call) => {
      requireGroup(input.AutoScalingGroupName, call);
      if (!groupTables(call.tables).hooks.delete(inGroup(call, input.AutoScalingGroupName, input.LifecycleHookName))) {
        throw validation(`No Lifecycle Hook found with name ${input.LifecycleHookName ?? ''}`);
      }
      return {};
    },
  }),
};
