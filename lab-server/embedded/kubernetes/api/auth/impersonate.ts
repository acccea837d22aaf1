// `kubectl --as`: a request in another's name, where its sender may impersonate them.
import type { IncomingMessage } from 'node:http';
import type { User } from '../core.ts';
import { badRequest } from '../errors.ts';
import type { ApiServices } from '../services.ts';
import { type Attributes, refusal } from './authorize.ts';

/** The user in whose name the request is made: the sender, unless headers say otherwise. */
export function impersonated(services: ApiServices, message: IncomingMessage, sender: User): User {
  const { headers } = message;
  const name = single(headers['impersonate-user']);
  const groups = message.headersDistinct['impersonate-group'] ?? [];
  const uid = single(headers['impersonate-uid']);
  if (name === undefined) {
    if (groups.length > 0 || uid !== undefined) {
      throw badRequest('requested impersonation without impersonating a user');
    }
    return sender;
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (account) {
    require(services, sender, 'serviceaccounts', account[2] ?? '', account[1] ?? '');
  } else {
    require(services, sender, 'users', name);
  }
  for (const group of groups) {
    require(services, sender, 'groups', group);
  }
  if (uid !== undefined) {
    require(services, sender, 'uids', uid, '', 'authentication.k8s.io');
  }
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  const all = [...groups, ...(groups.length === 0 ? own : [])];
  const isKnown = name === 'system:anonymous' || all.includes('system:authenticated') || all.includes('system:unauthenticated');
  return { name, ...(uid !== undefined && { uid }), groups: isKnown ? all : [...all, 'system:authenticated'] };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function require(services: ApiServices, sender: User, resource: string, name: string, namespace = '', group = ''): void {
  const attributes: Attributes = { verb: 'impersonate', isResource: true, path: '', group, namespace, resource, name };
  if (services.authorizer.allows(sender, attributes) === undefined) {
    throw refusal(sender, attributes);
  }
}
