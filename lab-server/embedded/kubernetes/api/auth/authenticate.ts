// Who sent a request: a client certificate of the cluster's authority, a bearer token, or nobody.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { ApiCore, User } from '../core.ts';
import { unauthorized } from '../errors.ts';
import type { TokenIssuer } from './tokens.ts';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

export class Authenticator {
  readonly #core: ApiCore;
  readonly #issuer: TokenIssuer;
  // A connection's certificate never changes; reading it is the dearest part of a request.
  readonly #bySocket = new WeakMap<object, User | 'none' | 'invalid'>();

  constructor(core: ApiCore, issuer: TokenIssuer) {
    this.#core = core;
    this.#issuer = issuer;
  }

  /** Throws 401 Unauthorized where there are credentials that are not good. */
  authenticate(message: IncomingMessage): User {
    const byCertificate = this.#certificateUser(message.socket as TLSSocket);
    if (typeof byCertificate === 'object') {
      return byCertificate;
    }
    const { authorization } = message.headers;
    if (authorization !== undefined && authorization !== '') {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      const user = token === undefined ? undefined : this.tokenUser(token);
      if (!user) {
        throw unauthorized();
      }
      return user;
    }
    if (byCertificate === 'invalid') {
      throw unauthorized();
    }
    return ANONYMOUS;
  }

  /** The account of a token that is good now: its account, and the pod it is bound to, must still be there. */
  tokenUser(token: string, audience?: string): User | undefined {
    const claims = this.#issuer.read(token, this.#core.clock.now());
    if (!claims || (audience !== undefined && !claims.aud.includes(audience))) {
      return undefined;
    }
    const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
    const { store } = this.#core;
    if (store.table('serviceaccounts').get(`${namespace}/${serviceaccount.name}`)?.object.metadata.uid !== serviceaccount.uid) {
      return undefined;
    }
    if (pod && store.table('pods').get(`${namespace}/${pod.name}`)?.object.metadata.uid !== pod.uid) {
      return undefined;
    }
    return {
      name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: {
        [CREDENTIAL_ID]: [`JTI=${claims.jti}`],
        ...(node && { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] }),
        ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      },
    };
  }

  #certificateUser(socket: TLSSocket): User | 'none' | 'invalid' {
    let user = this.#bySocket.get(socket);
    if (user === undefined) {
      user = readCertificate(socket);
      this.#bySocket.set(socket, user);
    }
    return user;
  }
}

function readCertificate(socket: TLSSocket): User | 'none' | 'invalid' {
  const certificate = typeof socket.getPeerX509Certificate === 'function' ? socket.getPeerX509Certificate() : undefined;
  if (!certificate) {
    return 'none';
  }
  if (!socket.authorized) {
    return 'invalid';
  }
  // One attribute a line: `O=system:masters`, `CN=minikube-user`.
  const attributes = certificate.subject
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  const name = attributes.find(([key]) => key === 'CN')?.[1];
  if (!name) {
    return 'invalid';
  }
  const groups = attributes.filter(([key]) => key === 'O').map(([, value]) => value);
  const id = `X509SHA256=${createHash('sha256').update(certificate.raw).digest('hex')}`;
  return { name, groups: [...groups, 'system:authenticated'], extra: { [CREDENTIAL_ID]: [id] } };
}
