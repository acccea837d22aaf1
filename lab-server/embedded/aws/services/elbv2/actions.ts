// Actions of listeners and rules: what may be written, (API reference, "Action").
import { AwsError } from '../../gateway/errors.ts';
import type { Call } from '../service.ts';
import { groupNotFound, notOneOf, validationError } from './errors.ts';
import { elbTables, groupsOfActions, keyOf, type Action } from './state.ts';

const TYPES = ['forward', 'authenticate-oidc', 'authenticate-cognito', 'redirect', 'fixed-response', 'jwt-validation'];
const CONTENT_TYPES = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];
const MOST_GROUPS = 5;
const LARGEST_WEIGHT = 999;

/** Actions as they are kept and shown: as they were given, with the weights that AWS adds. Throws what is wrong with them. */
export function checkedActions(actions: readonly Action[], call: Call): Action[] {
  for (const action of actions) {
    checkAction(action);
  }
  for (const groupArn of groupsOfActions(actions)) {
    if (!elbTables(call.tables).targetGroups.has(keyOf(groupArn))) {
      throw groupNotFound(`Target group '${groupArn}' not found`);
    }
  }
  return actions.map((action) =>
    action.ForwardConfig?.TargetGroups
      ? {
          ...action,
          ForwardConfig: {
            TargetGroups: action.ForwardConfig.TargetGroups.map((one) => ({ ...one, Weight: one.Weight ?? 1 })),
            TargetGroupStickinessConfig: action.ForwardConfig.TargetGroupStickinessConfig ?? { Enabled: false },
          },
        }
      : action,
  );
}

function checkAction(action: Action): void {
  const { Type: type = '' } = action as { Type?: string };
  if (!TYPES.includes(type)) {
    throw notOneOf(type, 'actions.1.member.type', TYPES);
  }
  switch (type) {
    case 'forward':
      checkForward(action);
      break;
    case 'redirect':
      checkRedirect(action);
      break;
    case 'fixed-response':
      checkFixedResponse(action);
      break;
    default:
  }
}

function checkForward(action: Action): void {
  const groups = action.ForwardConfig?.TargetGroups ?? [];
  if (groups.length === 0 && action.TargetGroupArn === undefined) {
    throw validationError('A target group ARN must be specified');
  }
  if (groups.length > MOST_GROUPS) {
    throw new AwsError('TooManyTargetGroupsException', `You can specify up to ${MOST_GROUPS} target groups`);
  }
  for (const { Weight = 1 } of groups) {
    if (Weight < 0 || Weight > LARGEST_WEIGHT) {
      throw validationError(`The weight must be between 0 and ${LARGEST_WEIGHT} inclusive`);
    }
  }
}

function checkRedirect(action: Action): void {
  const status: string = action.RedirectConfig?.StatusCode ?? '';
  if (status !== 'HTTP_301' && status !== 'HTTP_302') {
    throw validationError("The redirect action requires a status code of 'HTTP_301' or 'HTTP_302'");
  }
}

function checkFixedResponse(action: Action): void {
  const { StatusCode: status = '', ContentType: contentType, MessageBody: body = '' } = action.FixedResponseConfig ?? {};
  if (!/^[245]\d\d$/.test(status)) {
    throw validationError(
      `1 validation error detected: Value '${status}' at 'defaultActions.1.member.fixedResponseConfig.statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(2|4|5)\\d\\d$`,
    );
  }
  if (contentType !== undefined && !CONTENT_TYPES.includes(contentType)) {
    throw new AwsError(
      'InvalidLoadBalancerActionException',
      `The ContentType must be one of:'${CONTENT_TYPES.map((one) => `'${one}'`).join(', ')}'`,
    );
  }
  if (body.length > 1024) {
    throw validationError('The message body cannot be longer than 1024 characters');
  }
}
