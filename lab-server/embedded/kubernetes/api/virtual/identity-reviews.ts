// Who is this? Answers of the authentication.k8s.io reviews, which `kubectl auth whoami` asks.
import { badRequest } from '../errors.ts';
import { readObjectBody } from '../http/decode.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import type { User } from '../core.ts';
import { ISSUER } from '../auth/tokens.ts';
import type { ApiServices } from '../services.ts';
import { isoTime } from '../../values/index.ts';

export async function reviewSelf({ core }: ApiServices, request: ResourceRequest): Promise<Answer> {
  const review = await readObjectBody(request);
  const metadata = { creationTimestamp: isoTime(core.clock.now()) };
  return { code: 201, body: { ...review, metadata, status: { userInfo: userInfo(request.user) } } };
}

export async function reviewToken(services: ApiServices, request: ResourceRequest): Promise<Answer> {
  const review = await readObjectBody(request);
  const { token = '', audiences = [] } = (review.spec ?? {}) as { token?: string; audiences?: string[] };
  if (token === '') {
    throw badRequest('token is required for TokenReview in authentication');
  }
  const wanted = audiences.length > 0 ? audiences : [ISSUER];
  const matching = wanted.filter((audience) => services.authenticator.tokenUser(token, audience));
  const user = matching.length > 0 ? services.authenticator.tokenUser(token) : undefined;
  const status = user
    ? { authenticated: true, user: userInfo(user), audiences: matching }
    : { user: {}, error: '[invalid bearer token, token lookup failed]' };
  return { code: 201, body: { ...review, status } };
}

function userInfo(user: User): object {
  return {
    username: user.name,
    ...(user.uid !== undefined && { uid: user.uid }),
    groups: user.groups,
    ...(user.extra && { extra: user.extra }),
  };
}
