// Answers requests for OpenAPI documents.
import { notAcceptable } from '../errors.ts';
import type { Answer, ApiRequest } from '../http/request.ts';
import type { ApiServices } from '../services.ts';

export function openApiAnswer({ openApi }: ApiServices, request: ApiRequest, path: readonly string[]): Answer {
  const [version, ...rest] = path;
  if (version === 'v2') {
    throw notAcceptable(['application/json']);
  }
  if (version !== 'v3') {
    return notServed();
  }
  if (rest.length === 0) {
    return { code: 200, body: openApi.index() };
  }
  const document = openApi.document(rest.join('/'));
  if (!document) {
    return notServed();
  }
  const etag = `"${document.hash}"`;
  if (request.message.headers['if-none-match'] === etag) {
    return { code: 304, body: '', headers: { etag } };
  }
  // A client that names the hash may keep the document for as long as it likes.
  const isPinned = request.query.get('hash') === document.hash;
  const headers = {
    etag,
    vary: 'Accept-Encoding',
    ...(isPinned && { 'cache-control': 'public, immutable' }),
  };
  return { code: 200, body: document.text, headers };
}

function notServed(): Answer {
  return { code: 404, body: '404 page not found\n', contentType: 'text/plain; charset=utf-8' };
}
