// The description of the API (OpenAPI 3.1), made from the route records and their schemas.
import { z } from 'zod';
import { errorBodySchema } from '../protocol/index.ts';
import type { Route } from './routes/route.ts';

export function describeApi(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, summary, body, answer, status } of routes) {
    const names = [...path.matchAll(/:(\w+)|\*/g)].map(([, name]) => name ?? 'path');
    const openApiPath = path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}');
    (paths[openApiPath] ??= {})[method.toLowerCase()] = {
      summary,
      parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
      responses: {
        [String(status ?? (answer === undefined ? 204 : 200))]: {
          description: 'Done',
          ...(answer === undefined ? {} : { content: contentOf(answer) }),
        },
        default: { description: 'Refused', content: contentOf(errorBodySchema) },
      },
    };
  }
  paths['/api/labs/{id}/stream'] = {
    get: {
      summary: 'WebSocket of the lab: terminals, states and verdicts; lab-server/protocol/stream.ts describes the messages',
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      responses: { 101: { description: 'The stream is open' }, default: { description: 'Refused', content: contentOf(errorBodySchema) } },
    },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Dockside lab server',
      version: '1',
      description: 'Learners are known by the cookie dockside_learner, set by POST /api/labs.',
    },
    paths,
  };
}

function contentOf(schema: z.ZodType | 'bytes' | 'stream'): Record<string, unknown> {
  if (schema === 'stream') {
    return { 'application/gzip': { schema: { type: 'string', format: 'binary' } } };
  }
  return schema === 'bytes'
    ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: z.toJSONSchema(schema, { io: 'output' }) } };
}
