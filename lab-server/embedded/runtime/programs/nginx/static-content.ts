// Serves files: index files, directory listings, validators, ranges, and the statuses nginx answers for what is missing.
import type { FsStat } from 'just-bash';
import { fileErrorCode, fileErrorSentence } from '../../files/file-error.ts';
import { joinPath } from '../../files/paths.ts';
import { dateAt } from '../../files/file-times.ts';
import { httpDate, parseHttpDate } from '../http/dates.ts';
import type { Location } from './config-model.ts';
import type { Exchange } from './exchange.ts';
import { send, sendRedirect } from './respond.ts';

/** What the request needs next, when the file itself is not the answer. */
export type Outcome = { kind: 'done' } | { kind: 'status'; status: number } | { kind: 'internal'; uri: string };

const DONE: Outcome = { kind: 'done' };

/** Where a URI lies on disk, by `root` or `alias`. */
export function pathOf(exchange: Exchange, location: Location | undefined, uri: string): string {
  const { alias, root } = exchange.settings;
  if (alias !== undefined && location) {
    const base = exchange.expand(alias);
    return location.pattern ? base : `${base}${uri.slice(location.path.length)}`;
  }
  return `${prefixed(exchange.expand(root))}${uri}`;
}

export async function serveFile(exchange: Exchange, location: Location | undefined): Promise<Outcome> {
  const { method } = exchange.request;
  const { files } = exchange.site.process.machine;
  const path = pathOf(exchange, location, exchange.uri);
  const stat = await statOf(exchange, path, exchange.uri.endsWith('/') ? 'directory' : 'open()');
  if ('status' in stat) {
    return exchange.uri.endsWith('/') && stat.status === 404
      ? notFound(exchange, `${path}${exchange.settings.index[0] ?? ''}`)
      : { kind: 'status', status: stat.status };
  }
  if (stat.isDirectory) {
    if (!exchange.uri.endsWith('/')) {
      sendRedirect(exchange, 301, `${exchange.uri}/${exchange.args === '' ? '' : `?${exchange.args}`}`);
      return DONE;
    }
    return serveDirectory(exchange, path);
  }
  if (exchange.uri.endsWith('/')) {
    return notFound(exchange, path, 'Not a directory', 20);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { kind: 'status', status: 405 };
  }
  sendBytes(exchange, await files.readFileBuffer(path), stat, typeOf(exchange, path));
  return DONE;
}

export function typeOf(exchange: Exchange, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : '';
  return exchange.settings.types.get(extension) ?? exchange.settings.defaultType;
}

async function serveDirectory(exchange: Exchange, path: string): Promise<Outcome> {
  const { files } = exchange.site.process.machine;
  for (const index of exchange.settings.index) {
    const name = exchange.expand(index);
    if (name.startsWith('/')) {
      return { kind: 'internal', uri: name };
    }
    if (await files.exists(`${path}${name}`)) {
      return { kind: 'internal', uri: `${exchange.uri}${name}` };
    }
  }
  if (!exchange.settings.autoindex) {
    exchange.site.complain(exchange.settings, 'error', `directory index of "${path}" is forbidden${clientOf(exchange)}`);
    return { kind: 'status', status: 403 };
  }
  send(exchange, 200, { contentType: 'text/html', body: Buffer.from(await listing(exchange, path)) });
  return DONE;
}

function sendBytes(exchange: Exchange, bytes: Uint8Array, stat: FsStat, contentType: string): void {
  const { request, settings } = exchange;
  const modified = Math.floor(stat.mtime.getTime() / 1000);
  const etag = `"${modified.toString(16)}-${bytes.byteLength.toString(16)}"`;
  const validators: [string, string][] = [['Last-Modified', httpDate(modified * 1000)]];
  const trailing: [string, string][] = settings.etag ? [['ETag', etag]] : [];
  if (isUnchanged(exchange, modified, etag)) {
    send(exchange, 304, { headers: validators, trailingHeaders: trailing });
    return;
  }
  const range = request.headers.range === undefined ? undefined : parseRange(request.headers.range, bytes.byteLength);
  if (range === 'unsatisfiable') {
    send(exchange, 416, {
      contentType: 'text/html',
      body: Buffer.alloc(0),
      trailingHeaders: [['Content-Range', `bytes */${bytes.byteLength}`]],
    });
    return;
  }
  if (range) {
    send(exchange, 206, {
      contentType,
      body: bytes.subarray(range.start, range.end + 1),
      headers: validators,
      trailingHeaders: [...trailing, ['Content-Range', `bytes ${range.start}-${range.end}/${bytes.byteLength}`]],
    });
    return;
  }
  send(exchange, 200, { contentType, body: bytes, headers: validators, trailingHeaders: [...trailing, ['Accept-Ranges', 'bytes']] });
}

function isUnchanged(exchange: Exchange, modifiedSeconds: number, etag: string): boolean {
  const { headers } = exchange.request;
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) {
    return noneMatch === '*' || noneMatch.split(/\s*,\s*/).some((candidate) => candidate.replace(/^W\//, '') === etag);
  }
  const since = headers['if-modified-since'];
  return since !== undefined && parseHttpDate(since) === modifiedSeconds * 1000;
}

function parseRange(header: string, size: number): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) {
    return undefined;
  }
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start >= size || start > end ? 'unsatisfiable' : { start, end };
}

async function statOf(exchange: Exchange, path: string, call: string): Promise<FsStat | { status: number }> {
  try {
    return await exchange.site.process.machine.files.stat(path);
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (call === 'open()') {
        logMissing(exchange, path, fileErrorSentence(error), code === 'ENOENT' ? 2 : 20);
      }
      return { status: 404 };
    }
    return { status: code === 'EACCES' ? 403 : 500 };
  }
}

function notFound(exchange: Exchange, path: string, sentence = 'No such file or directory', number = 2): Outcome {
  logMissing(exchange, path, sentence, number);
  return { kind: 'status', status: 404 };
}

function logMissing(exchange: Exchange, path: string, sentence: string, number: number): void {
  exchange.site.complain(exchange.settings, 'error', `open() "${path}" failed (${number}: ${sentence})${clientOf(exchange)}`);
}

/** The tail of every message in the error log that is about a request. */
export function clientOf(exchange: Exchange): string {
  const { request } = exchange;
  const referrer = request.headers.referer === undefined ? '' : `, referrer: "${request.headers.referer}"`;
  return `, client: ${request.socket.remoteAddress ?? ''}, server: ${exchange.server.names[0] ?? ''}, request: "${exchange.requestLine}", host: "${request.headers.host ?? ''}"${referrer}`;
}

function prefixed(root: string): string {
  return root.startsWith('/') ? root.replace(/\/$/, '') : `/etc/nginx/${root}`;
}

async function listing(exchange: Exchange, path: string): Promise<string> {
  const { files } = exchange.site.process.machine;
  const uri = escapeHtml(exchange.uri);
  let page = `<html>\r\n<head><title>Index of ${uri}</title></head>\r\n<body>\r\n<h1>Index of ${uri}</h1><hr><pre><a href="../">../</a>\r\n`;
  const entries = (await files.readdirWithFileTypes(path)).filter((entry) => !entry.name.startsWith('.'));
  entries.sort((left, right) => Number(right.isDirectory) - Number(left.isDirectory) || (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const stat = await files.stat(joinPath(path.replace(/\/$/, ''), entry.name));
    const name = stat.isDirectory ? `${entry.name}/` : entry.name;
    const shown = name.length > 50 ? `${name.slice(0, 47)}..>` : name;
    const size = stat.isDirectory ? '-' : String(stat.size);
    page += `<a href="${encodeURI(name)}">${escapeHtml(shown)}</a>${' '.repeat(Math.max(1, 51 - shown.length))}${listingDate(stat.mtime.getTime())}${size.padStart(20)}\r\n`;
  }
  return `${page}</pre><hr></body>\r\n</html>\r\n`;
}

function listingDate(milliseconds: number): string {
  const [, day, month, year, hour, minute] = /^\w+, (\d+) (\w+) (\d+) (\d+):(\d+)/.exec(dateAt(milliseconds).toUTCString()) ?? [];
  return `${day}-${month}-${year} ${hour}:${minute}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
