// What a route of the API is: one record, from which the server and its description (/api/openapi.json) are both made.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { DocksideError, parseInput } from '../../base/index.ts';
import type { Lab, Labs } from '../../labs/index.ts';
import type { Store } from '../../store/index.ts';
import { checkOrigin, type Borders } from '../borders.ts';
import { requireLearner } from '../learner.ts';

export interface RouteServices {
  labs: Labs;
  store: Store;
}

export interface RouteCall<Body> extends RouteServices {
  request: FastifyRequest;
  reply: FastifyReply;
  body: Body;
  /** Path parameters. */
  params: Record<string, string>;
  /** The lab in the path, which is this learner's. */
  lab: () => Lab;
}

export interface Route<Body = unknown> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Fastify's notation; `*` takes the rest of the path. */
  path: string;
  summary: string;
  /** `stream`: the bytes as they come, of content type application/gzip. */
  body?: z.ZodType<Body> | 'bytes' | 'stream';
  answer?: z.ZodType | 'bytes';
  /** Status of the answer; 200 or, without an answer, 204. */
  status?: number;
  /** Requests a minute that one client may make of this route. */
  perMinute?: number;
  handle(call: RouteCall<Body>): unknown;
}

/** Keeps a route's body type while it is in a list of routes. */
export function route<Body>(definition: Route<Body>): Route {
  return definition as unknown as Route;
}

export function register(app: FastifyInstance, definition: Route, services: RouteServices, borders: Borders): void {
  const { method, path, body, perMinute } = definition;
  app.route({
    method,
    url: path,
    config: perMinute === undefined ? {} : { rateLimit: { max: perMinute } },
    async handler(request, reply) {
      if (method !== 'GET') {
        checkOrigin(borders, request);
      }
      const params = (request.params ?? {}) as Record<string, string>;
      const input = body === undefined ? undefined : inputOf(body, request.body);
      void reply.code(definition.status ?? (definition.answer === undefined ? 204 : 200)).header('cache-control', 'no-store');
      const answer = await definition.handle({
        ...services,
        request,
        reply,
        body: input,
        params,
        lab: () => findLab(services.labs, request, params.id ?? ''),
      });
      return reply.sent ? reply : reply.send(answer);
    },
  });
}

/** A lab of another learner does not exist, as far as this one can tell. */
export function findLab(labs: Labs, request: FastifyRequest, id: string): Lab {
  const learner = requireLearner(request);
  const lab = labs.get(id);
  if (lab?.learnerId !== learner) {
    throw new DocksideError('LAB_UNKNOWN', 'There is no such lab: it was closed, or its time was up. Open it anew from the lesson.', {
      status: 404,
    });
  }
  return lab;
}

function inputOf(wanted: NonNullable<Route['body']>, body: unknown): unknown {
  switch (wanted) {
    case 'bytes':
      return asBytes(body);
    case 'stream':
      return asStream(body);
    default:
      return parseInput(wanted, body, 'the request');
  }
}

function asStream(body: unknown): Readable {
  if (!(body instanceof Readable)) {
    throw new DocksideError('BODY_TYPE_UNKNOWN', 'Send the archive as application/gzip.', { status: 415 });
  }
  return body;
}

function asBytes(body: unknown): Buffer {
  if (body !== undefined && body !== null && !Buffer.isBuffer(body)) {
    throw new DocksideError('BODY_TYPE_UNKNOWN', 'Send the bytes as application/octet-stream.', { status: 415 });
  }
  return body ?? Buffer.alloc(0);
}
