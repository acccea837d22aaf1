// Scalable targets: what may be scaled, between which bounds.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { capacityOf, requireResource } from './capacity.ts';
import { scalingWorldOf } from './scaling.ts';
import { scalingTables, targetKey, type Place, type ScalableTarget } from './state.ts';
import { checkPlace, checkTogether, validation } from './validation.ts';

const PAGE = 50;
const invalidToken = (): AwsError => new AwsError('InvalidNextTokenException', 'The next token specified is invalid.');
const ROLE = 'ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService';

export function requireTarget(place: Place, call: Call): ScalableTarget {
  const target = scalingTables(call.tables).targets.get(targetKey(call, place));
  if (!target) {
    throw new AwsError(
      'ObjectNotFoundException',
      `No scalable target registered for service namespace: ${place.ServiceNamespace ?? ''}, resource ID: ${place.ResourceId ?? ''}, scalable dimension: ${place.ScalableDimension ?? ''}`,
    );
  }
  return target;
}

function register(input: Timestamped<sdk.RegisterScalableTargetRequest>, call: Call): { ScalableTargetARN: string } {
  checkPlace(input);
  checkTogether(input);
  requireResource(input, call);
  const { targets } = scalingTables(call.tables);
  const before = targets.get(targetKey(call, input));
  const min = input.MinCapacity ?? before?.MinCapacity;
  const max = input.MaxCapacity ?? before?.MaxCapacity;
  if (min === undefined || max === undefined) {
    throw validation(`${min === undefined ? 'MinCapacity' : 'MaxCapacity'} is required when registering a new scalable target`);
  }
  if (min < 0 || min > max) {
    throw validation('Maximum capacity cannot be less than minimum capacity');
  }
  const suspended = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };
  const targetArn =
    before?.ScalableTargetARN ?? arn('application-autoscaling', call, `scalable-target/${randomUUID().replaceAll('-', '').slice(0, 26)}`);
  const target: ScalableTarget = {
    ServiceNamespace: input.ServiceNamespace,
    ResourceId: input.ResourceId,
    ScalableDimension: input.ScalableDimension,
    MinCapacity: min,
    MaxCapacity: max,
    RoleARN: input.RoleARN ?? before?.RoleARN ?? `arn:aws:iam::${call.account}:role/aws-service-role/${ROLE}`,
    CreationTime: before?.CreationTime ?? call.clock.now(),
    SuspendedState: { ...suspended, ...before?.SuspendedState, ...input.SuspendedState },
    ScalableTargetARN: targetArn,
    tags: before?.tags ?? input.Tags ?? {},
  };
  targets.put(targetKey(call, input), target);
  const now = capacityOf(call, call, target);
  if (now !== undefined && (now < min || now > max)) {
    scalingWorldOf(call).setCapacity(
      call,
      target,
      Math.min(max, Math.max(min, now)),
      `${now < min ? 'minimum' : 'maximum'} capacity was set to ${now < min ? min : max}`,
    );
  }
  return { ScalableTargetARN: targetArn };
}

function deregister(input: Timestamped<sdk.DeregisterScalableTargetRequest>, call: Call): object {
  checkPlace(input);
  const tables = scalingTables(call.tables);
  const key = targetKey(call, input);
  if (!tables.targets.delete(key)) {
    throw new AwsError(
      'ObjectNotFoundException',
      `No scalable target found for service namespace: ${input.ServiceNamespace ?? ''}, resource ID: ${input.ResourceId ?? ''}, scalable dimension: ${input.ScalableDimension ?? ''}`,
    );
  }
  for (const [name, policy] of tables.policies.entries(`${key} `)) {
    scalingWorldOf(call).deleteAlarms(call, policy);
    tables.policies.delete(name);
  }
  for (const [name] of tables.scheduledActions.entries(`${key} `)) {
    tables.scheduledActions.delete(name);
  }
  scalingWorldOf(call).reschedule();
  return {};
}

function byArn(resourceArn: string | undefined, call: Call): [string, ScalableTarget] {
  const parsed = parseArn(resourceArn ?? '');
  const found = scalingTables(call.tables)
    .targets.entries(`${scopeKey(parsed ?? call)}/`)
    .find(([, target]) => target.ScalableTargetARN === resourceArn);
  if (!found) {
    throw new AwsError('ResourceNotFoundException', `The specified resource doesn't exist.`, { fields: { ResourceName: resourceArn } });
  }
  return found;
}

export const targetOperations: Readonly<Record<string, Operation>> = {
  RegisterScalableTarget: operation<sdk.RegisterScalableTargetRequest, sdk.RegisterScalableTargetResponse>({ handle: register }),
  DeregisterScalableTarget: operation<sdk.DeregisterScalableTargetRequest, object>({ handle: deregister }),
  DescribeScalableTargets: operation<sdk.DescribeScalableTargetsRequest, sdk.DescribeScalableTargetsResponse>({
    handle: (input, call) => {
      checkPlace(input);
      const found = scalingTables(call.tables)
        .targets.list(`${scopeKey(call, input.ServiceNamespace ?? '')}/`)
        .filter(
          (target) =>
            (!input.ResourceIds?.length || input.ResourceIds.includes(target.ResourceId ?? '')) &&
            (input.ScalableDimension === undefined || target.ScalableDimension === input.ScalableDimension),
        )
        .sort((left, right) => (left.CreationTime ?? 0) - (right.CreationTime ?? 0));
      const page = pageOf(found, input.NextToken, input.MaxResults ?? PAGE, invalidToken);
      return { ScalableTargets: page.items.map(({ tags: _tags, ...target }) => target), NextToken: page.nextToken };
    },
  }),
  TagResource: operation<sdk.TagResourceRequest, object>({
    handle: (input, call) => {
      const [key, target] = byArn(input.ResourceARN, call);
      scalingTables(call.tables).targets.put(key, { ...target, tags: { ...target.tags, ...input.Tags } });
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceRequest, object>({
    handle: (input, call) => {
      const [key, target] = byArn(input.ResourceARN, call);
      const tags = Object.fromEntries(Object.entries(target.tags).filter(([name]) => !input.TagKeys?.includes(name)));
      scalingTables(call.tables).targets.put(key, { ...target, tags });
      return {};
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
    handle: (input, call) => ({ Tags: byArn(input.ResourceARN, call)[1].tags }),
  }),
};
