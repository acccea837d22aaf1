// /api/labs/:id/archive: the whole home folder as one .tar.gz, down and up. It is packed and unpacked inside the workspace's own walls.
import { Transform, type Readable } from 'node:stream';
import { DocksideError } from '../../base/index.ts';
import { route, type Route } from './route.ts';

/** Largest archive that is taken, compressed. What it unpacks to is held by the limits of the home folder. */
export const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;
/** Each one is a program in the workspace that reads or writes everything. */
const PER_MINUTE = 20;

export const archiveRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/labs/:id/archive',
    summary: 'The home folder as a .tar.gz; caches and the shell’s history stay behind',
    answer: 'bytes',
    perMinute: PER_MINUTE,
    async handle({ lab, reply }) {
      const packed = lab();
      packed.touch();
      const archive = await packed.workspace.pack();
      void reply.header('content-disposition', `attachment; filename="${packed.exercise.slug}.tar.gz"`).type('application/gzip');
      return archive;
    },
  }),
  route({
    method: 'POST',
    path: '/api/labs/:id/archive',
    summary: 'Unpacks a .tar.gz into the home folder, over what is there. What does not fit is refused; files before that stay',
    body: 'stream',
    perMinute: PER_MINUTE,
    async handle({ lab, body, request }) {
      const unpacked = lab();
      unpacked.touch();
      if (Number(request.headers['content-length'] ?? 0) > MAX_ARCHIVE_BYTES) {
        throw tooLarge();
      }
      const bounded = atMost(body as Readable, MAX_ARCHIVE_BYTES);
      try {
        await unpacked.workspace.unpack(bounded.stream);
      } catch (error) {
        throw bounded.wasCut() ? tooLarge() : error;
      }
    },
  }),
];

/** Ends the stream where it grows beyond the limit, whatever its sender said of its length. */
function atMost(source: Readable, limit: number): { stream: Readable; wasCut(): boolean } {
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > limit ? tooLarge() : null, chunk);
    },
  });
  source.once('error', (error) => counted.destroy(error));
  // A client that goes away in the middle must not leave the unpacking waiting.
  source.once('close', () => source.readableEnded || counted.destroy(new Error('the upload was broken off')));
  return { stream: source.pipe(counted), wasCut: () => size > limit };
}

function tooLarge(): DocksideError {
  return new DocksideError(
    'ARCHIVE_TOO_LARGE',
    `An archive may have ${MAX_ARCHIVE_BYTES / 1024 / 1024} MB. Leave out what can be made again.`,
    {
      status: 413,
    },
  );
}
