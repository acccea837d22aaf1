// busybox httpd: a directory over HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNetworkError } from '../../network/network-error.ts';
import { resolvePath } from '../../files/paths.ts';
import { commandProgram, type Command } from '../command.ts';
import { httpDate } from '../http/dates.ts';
import { serveHttp } from '../http/serve.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  txt: 'text/plain',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  png: 'image/png',
  jpg: 'image/jpeg',
  svg: 'image/svg+xml',
  gif: 'image/gif',
};

export const httpd = commandProgram({ flags: 'fviM', values: 'phcuredm' }, async (command) => {
  const { options, process } = command;
  const port = Number((options.value('p') ?? '80').replace(/^.*:/, ''));
  const root = command.path(options.value('h') ?? '.');
  try {
    serveHttp(process, port, { handle: (request, response) => answer(command, root, request, response) });
  } catch (error) {
    if (!isNetworkError(error)) {
      throw error;
    }
    await command.complain('bind: Address already in use');
    return 1;
  }
  process.holdMemory(600 * 1024);
  // Without -f the real one goes to the background; the shell that started it then goes on.
  await new Promise((_resolve, reject) => {
    process.signal.addEventListener('abort', () => reject(process.signal.reason as Error), { once: true });
  });
  return 0;
});

async function answer(command: Command, root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { files, process } = command;
  process.machine.cpu.charge(0.05);
  const url = decodeURIComponent((request.url ?? '/').replace(/\?.*$/, ''));
  const wanted = resolvePath(root, `.${resolvePath('/', url)}`);
  const stat = await files.stat(wanted).catch(() => undefined);
  const path = stat?.isDirectory ? `${wanted}/index.html` : wanted;
  const bytes = await files.readFileBuffer(path).catch(() => undefined);
  const date: [string, string] = ['Date', httpDate(process.machine.clock.now())];
  if (!bytes) {
    const page =
      '<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL was not found\n</BODY></HTML>\n';
    response.writeHead(404, 'Not Found', ['Content-type', 'text/html', ...date, 'Connection', 'close']);
    response.end(page);
    return;
  }
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  response.writeHead(200, 'OK', [
    ...date,
    'Connection',
    'close',
    'Content-type',
    type,
    'Content-length',
    String(bytes.byteLength),
    'Accept-Ranges',
    'bytes',
    'Last-Modified',
    httpDate((await files.stat(path)).mtime.getTime()),
  ]);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
