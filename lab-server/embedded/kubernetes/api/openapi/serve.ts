// Answers requests for OpenAPI documents.
import { notAcceptable } from '../errors.ts';
import type { Answer, ApiRequest } from '../http/request.ts';
import { mediaTypes } from '../negotiate.ts';
import type { ApiServices } from '../services.ts';
import { SWAGGER_PROTOBUF, SWAGGER_PROTOBUF_ANSWER } from './swagger-protobuf.ts';

export function openApiAnswer({ openApi }: ApiServices, request: ApiRequest, path: readonly string[]): Answer {
  const [version, ...rest] = path;
  if (version === 'v2') {
    return rest.length === 0 ? swaggerAnswer(openApi, request.message.headers.accept) : notServed();
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

/** The first of the client's types that v2 is served in. */
function swaggerAnswer(openApi: ApiServices['openApi'], accept: string | undefined): Answer {
  for (const { type } of mediaTypes(accept || '*/*')) {
    if (type === SWAGGER_PROTOBUF) {
      return { code: 200, body: openApi.swaggerProtobuf(), contentType: SWAGGER_PROTOBUF_ANSWER };
    }
    if (type === 'application/json' || type === 'application/*' || type === '*/*') {
      return { code: 200, body: openApi.swagger() };
    }
  }
  throw notAcceptable([SWAGGER_PROTOBUF, 'application/json']);
}

function notServed(): Answer {
  return { code: 404, body: '404 page not found\n', contentType: 'text/plain; charset=utf-8' };
}
