// Every refusal as the protocol's error body. What is not meant for a reader goes to the log, under the request's id.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDocksideError } from '../base/index.ts';
import type { ErrorBody } from '../protocol/index.ts';

/** Fastify's own refusals in our words. */
const fastifyRefusals: Readonly<Record<string, { code: string; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE', message: 'The request is larger than this server takes.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'BODY_TYPE_UNKNOWN', message: 'The content type of the request is not one this route takes.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BODY_NOT_JSON', message: 'The body of the request is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'BODY_NOT_JSON', message: 'The request says that it carries JSON, but its body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'BODY_INVALID', message: 'The length of the body is not what the request says.' },
  FST_ERR_BAD_URL: { code: 'URL_INVALID', message: 'The address of the request is not valid.' },
};

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = toAnswer(error, request.id);
  if (status >= 500) {
    request.log.error({ err: error, code: body.error.code }, 'a request failed');
  }
  void reply.code(status).type('application/json').send(body);
}

function toAnswer(error: FastifyError, requestId: string): { status: number; body: ErrorBody } {
  if (isDocksideError(error)) {
    return { status: error.status, body: { error: { code: error.code, message: error.message } } };
  }
  const status = error.statusCode ?? 500;
  const known = fastifyRefusals[error.code];
  if (known) {
    return { status, body: { error: known } };
  }
  if (status >= 400 && status < 500) {
    return { status, body: { error: { code: 'REQUEST_INVALID', message: 'The server does not understand this request.' } } };
  }
  return {
    status: 500,
    body: { error: { code: 'INTERNAL', message: `Something went wrong on the server. Its log says what, under ${requestId}; try again.` } },
  };
}

export function notFoundBody(method: string, url: string): ErrorBody {
  return { error: { code: 'ROUTE_UNKNOWN', message: `There is no ${method} ${url.split('?')[0] ?? url} on this server.` } };
}
