// Scheduled actions and the activities of a target.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { parseSchedule } from '../schedule.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { scalingWorldOf } from './scaling.ts';
import { namedKey, scalingTables } from './state.ts';
import { requireTarget } from './targets.ts';
import { checkPlace, validation } from './validation.ts';

const PAGE = 50;
const invalidToken = (): AwsError => new AwsError('InvalidNextTokenException', 'The next token specified is invalid.');

function put(input: Timestamped<sdk.PutScheduledActionRequest>, call: Call): object {
  checkPlace(input);
  if (!call.takesPlaceholders) {
    requireTarget(input, call);
  }
  const { scheduledActions } = scalingTables(call.tables);
  const { ScheduledActionName: name = '', ...given } = input;
  const key = namedKey(call, input, name);
  const before = scheduledActions.get(key);
  const schedule = input.Schedule ?? before?.Schedule;
  if (schedule === undefined) {
    throw validation('Schedule is required when creating a new scheduled action');
  }
  if (!parseSchedule(schedule, input.Timezone ?? before?.Timezone)) {
    throw validation(`Schedule expression ${schedule} is not valid`);
  }
  scheduledActions.put(key, {
    ...before,
    ...given,
    Schedule: schedule,
    ServiceNamespace: input.ServiceNamespace,
    ResourceId: input.ResourceId,
    ScheduledActionName: name,
    ScheduledActionARN:
      before?.ScheduledActionARN ??
      arn(
        'autoscaling',
        call,
        `scheduledAction:${randomUUID()}:resource/${input.ServiceNamespace ?? ''}/${input.ResourceId ?? ''}:scheduledActionName/${name}`,
      ),
    CreationTime: before?.CreationTime ?? call.clock.now(),
  });
  scalingWorldOf(call).reschedule();
  return {};
}

export const scheduledActionOperations: Readonly<Record<string, Operation>> = {
  PutScheduledAction: operation<sdk.PutScheduledActionRequest, object>({ handle: put }),
  DescribeScheduledActions: operation<sdk.DescribeScheduledActionsRequest, sdk.DescribeScheduledActionsResponse>({
    handle: (input, call) => {
      checkPlace(input);
      const found = scalingTables(call.tables)
        .scheduledActions.list(`${scopeKey(call, input.ServiceNamespace ?? '')}/`)
        .filter(
          (action) =>
            (!input.ScheduledActionNames?.length || input.ScheduledActionNames.includes(action.ScheduledActionName ?? '')) &&
            (input.ResourceId === undefined || action.ResourceId === input.ResourceId) &&
            (input.ScalableDimension === undefined || action.ScalableDimension === input.ScalableDimension),
        );
      const page = pageOf(found, input.NextToken, input.MaxResults ?? PAGE, invalidToken);
      return { ScheduledActions: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteScheduledAction: operation<sdk.DeleteScheduledActionRequest, object>({
    handle: (input, call) => {
      checkPlace(input);
      const {
        ServiceNamespace: namespace = '',
        ResourceId: resource = '',
        ScalableDimension: dimension = '',
        ScheduledActionName: name = '',
      } = input;
      if (!scalingTables(call.tables).scheduledActions.delete(namedKey(call, input, name))) {
        throw new AwsError(
          'ObjectNotFoundException',
          `No scheduled action found for service namespace: ${namespace}, resource ID: ${resource}, scalable dimension: ${dimension}, scheduled action name: ${name}`,
        );
      }
      scalingWorldOf(call).reschedule();
      return {};
    },
  }),
  DescribeScalingActivities: operation<sdk.DescribeScalingActivitiesRequest, sdk.DescribeScalingActivitiesResponse>({
    handle: (input, call) => {
      checkPlace(input);
      const found = scalingTables(call.tables)
        .activities.list(`${scopeKey(call, input.ServiceNamespace ?? '')}/`)
        .filter(
          (activity) =>
            (input.ResourceId === undefined || activity.ResourceId === input.ResourceId) &&
            (input.ScalableDimension === undefined || activity.ScalableDimension === input.ScalableDimension),
        )
        .reverse();
      const page = pageOf(found, input.NextToken, input.MaxResults ?? PAGE, invalidToken);
      return { ScalingActivities: page.items, NextToken: page.nextToken };
    },
  }),
};
