// /api/labs/:id/files: the editor's way to the files that the shell sees too. The version of a file travels as its ETag.
import { z } from 'zod';
import { DocksideError } from '../../base/index.ts';
import { fileListSchema } from '../../protocol/index.ts';
import { route, type Route } from './route.ts';

const renameSchema = z.strictObject({ from: z.string().min(1).max(1024), to: z.string().min(1).max(1024) });

export const fileRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/labs/:id/files',
    summary: 'Every file and folder of the workspace',
    answer: fileListSchema,
    handle: async ({ lab }) => ({ files: await lab().workspace.files.list() }),
  }),
  route({
    method: 'GET',
    path: '/api/labs/:id/files/*',
    summary: 'A file’s bytes; its version is in ETag',
    answer: 'bytes',
    async handle({ lab, params, reply }) {
      const { content, version } = await lab().workspace.files.read(params['*'] ?? '');
      // The learner's own file must never run as a page of this site.
      void reply.header('etag', quote(version)).header('content-disposition', 'attachment').type('application/octet-stream');
      return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    },
  }),
  route({
    method: 'PUT',
    path: '/api/labs/:id/files/*',
    summary: 'Writes a file. If-Match: only over that version; If-None-Match: *: only where there is none',
    body: 'bytes',
    perMinute: 600,
    async handle({ lab, params, body, request, reply }) {
      const edited = lab();
      edited.touch();
      const version = await edited.workspace.files.write(params['*'] ?? '', body as Buffer, conditionOf(request.headers));
      void reply.header('etag', quote(version));
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/labs/:id/files/*',
    summary: 'Removes a file, or a folder with all that is in it',
    perMinute: 600,
    async handle({ lab, params }) {
      const edited = lab();
      edited.touch();
      await edited.workspace.files.remove(params['*'] ?? '');
    },
  }),
  route({
    method: 'POST',
    path: '/api/labs/:id/rename',
    summary: 'Renames or moves a file or folder',
    body: renameSchema,
    perMinute: 600,
    async handle({ lab, body }) {
      const edited = lab();
      edited.touch();
      await edited.workspace.files.rename(body.from, body.to);
    },
  }),
];

function conditionOf(headers: { 'if-match'?: string; 'if-none-match'?: string }): string | null | undefined {
  if (headers['if-none-match'] === '*') {
    return null;
  }
  const match = headers['if-match'];
  if (match === undefined) {
    return undefined;
  }
  const version = /^(?:W\/)?"([^"]{1,200})"$/.exec(match)?.[1];
  if (version === undefined) {
    throw new DocksideError('INPUT_INVALID', 'If-Match takes one version as the ETag header gave it.', { status: 400 });
  }
  return version;
}

function quote(version: string): string {
  return `"${version}"`;
}
