// Sticky sessions of application load balancers: which target a client's cookies name, and the cookies that an answer sets
// (user guide, "Sticky sessions"). AWS encrypts the values; here they are opaque, and name nothing that the client could not reach.
import type { IncomingHttpHeaders } from 'node:http';
import { cookie } from './http-answers.ts';
import type { Action, Target, TargetGroup } from './state.ts';

const TARGET_COOKIE = 'AWSALB';
const GROUP_COOKIE = 'AWSALBTG';
const APPLICATION_COOKIE = 'AWSALBAPP-0';

export function cookiesOf(headers: IncomingHttpHeaders): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0) {
      found.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
    }
  }
  return found;
}

const valueOf = (text: string): string => Buffer.from(text).toString('base64url');
const textOf = (value: string): string => Buffer.from(value, 'base64url').toString('utf8');
const nameOf = (target: Target): string => `${target.id}:${target.port ?? ''}`;

function isOn(group: TargetGroup): boolean {
  return group.attributes['stickiness.enabled'] === 'true';
}

function cookieName(group: TargetGroup): string {
  return group.attributes['stickiness.type'] === 'app_cookie' ? APPLICATION_COOKIE : TARGET_COOKIE;
}

/** The group that an earlier answer bound the client to, if the action still has it. */
export function boundGroup(action: Action, cookies: ReadonlyMap<string, string>): string | undefined {
  const value = action.ForwardConfig?.TargetGroupStickinessConfig?.Enabled ? cookies.get(GROUP_COOKIE) : undefined;
  const wanted = value === undefined ? undefined : textOf(value);
  return action.ForwardConfig?.TargetGroups?.find((one) => one.TargetGroupArn === wanted)?.TargetGroupArn;
}

/** The target that an earlier answer bound the client to, if it still serves. */
export function boundTarget(group: TargetGroup, serving: readonly Target[], cookies: ReadonlyMap<string, string>): Target | undefined {
  const value = isOn(group) ? cookies.get(cookieName(group)) : undefined;
  return value === undefined ? undefined : serving.find((target) => nameOf(target) === textOf(value));
}

/** Cookies to add to an answer. `setCookies` are those of the application. */
export function bindingCookies(
  bound: { action: Action; group: TargetGroup; target: Target; hasSeveralGroups: boolean },
  setCookies: readonly string[],
  now: number,
): string[] {
  const { action, group, target } = bound;
  const added: string[] = [];
  const sticky = action.ForwardConfig?.TargetGroupStickinessConfig;
  if (sticky?.Enabled && bound.hasSeveralGroups) {
    const expires = now + (sticky.DurationSeconds ?? 86_400) * 1000;
    added.push(cookie(GROUP_COOKIE, valueOf(group.TargetGroupArn ?? ''), expires));
    added.push(`${cookie(`${GROUP_COOKIE}CORS`, valueOf(group.TargetGroupArn ?? ''), expires)}; SameSite=None; Secure`);
  }
  if (!isOn(group)) {
    return added;
  }
  const isApplication = cookieName(group) === APPLICATION_COOKIE;
  const own = group.attributes['stickiness.app_cookie.cookie_name'] ?? '';
  if (isApplication && !setCookies.some((text) => text.startsWith(`${own}=`))) {
    return added;
  }
  const seconds = Number(group.attributes[`stickiness.${isApplication ? 'app' : 'lb'}_cookie.duration_seconds`] ?? 86_400);
  const expires = now + seconds * 1000;
  added.push(cookie(cookieName(group), valueOf(nameOf(target)), expires));
  if (!isApplication) {
    added.push(`${cookie(`${TARGET_COOKIE}CORS`, valueOf(nameOf(target)), expires)}; SameSite=None; Secure`);
  }
  return added;
}
