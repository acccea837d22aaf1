// Roles that a service takes to act for its customer: a task's execution role, a rule's role.
import { AwsError, deniedMessage } from '../../gateway/errors.ts';
import { findRole, sessionPrincipal, trustSays } from '../sts/role-sessions.ts';
import type { AwsContext, Principal } from '../service.ts';

/**
 * The session in which `service` (`ecs-tasks.amazonaws.com`) acts with a role. Throws AwsError AccessDenied when the role does not exist or does not trust
 * the service. With --any-credentials a role that does not exist is taken, and has every right.
 */
export function assumeForService(roleArn: string, service: string, sessionName: string, context: AwsContext): Principal {
  const role = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn) ? findRole(roleArn, context) : undefined;
  if (!role && context.takesPlaceholders) {
    return { account: roleArn.split(':')[4] ?? '', arn: roleArn, userId: sessionName, accessKeyId: '', isRoot: true };
  }
  const isTrusted = role && trustSays(role, 'sts:AssumeRole', { direct: { Service: service }, account: {} }, {}) === 'allow';
  if (!role || (!isTrusted && !context.takesPlaceholders)) {
    throw new AwsError('AccessDenied', deniedMessage(service, 'sts:AssumeRole', roleArn, ''), { status: 403 });
  }
  return sessionPrincipal(role, sessionName, { policies: [], policyArns: [], tags: {} });
}

/** Throws AccessDeniedException, in AWS's words, unless the principal may do it. */
export function requireAllowed(principal: Principal, action: string, resource: string, context: AwsContext, region: string): void {
  const reason = context.refusal(principal, { action, resource }, { region });
  if (reason !== undefined) {
    throw new AwsError('AccessDeniedException', deniedMessage(principal.arn, action, resource, reason));
  }
}
