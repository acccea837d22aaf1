// From curl's options to the request that is sent: URL, method, headers, body, certificates.
import { baseName, resolvePath } from '../../files/paths.ts';
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import type { HttpRequest } from '../http/client.ts';
import type { CurlOptions } from './curl-options.ts';
import { CurlFailure, VERSION, type Transfer } from './curl-transfer.ts';

export function parseUrl(text: string, options: CurlOptions, body: Uint8Array | undefined): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new CurlFailure(1, `Protocol "${scheme}" not supported or disabled in libcurl`);
  }
  let url: URL;
  try {
    url = new URL(scheme === undefined ? `http://${text}` : text);
  } catch {
    throw new CurlFailure(3, 'URL using bad/illegal format or missing URL');
  }
  if (options.asQuery && body) {
    url.search = `${url.search === '' ? '' : `${url.search.slice(1)}&`}${Buffer.from(body).toString()}`;
  }
  return url;
}

export async function bodyOf(process: Process, options: CurlOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const read = (name: string): Promise<Uint8Array> =>
    name === '-' ? readAll(process.stdin ?? NOTHING, signal) : process.machine.files.readFileBuffer(resolvePath(process.cwd, name));
  if (options.upload !== undefined) {
    return read(options.upload);
  }
  if (options.form.length > 0) {
    return multipart(options.form, read);
  }
  if (options.data.length === 0) {
    return undefined;
  }
  const parts: string[] = [];
  for (const { kind, text } of options.data) {
    if (kind === 'raw' || !text.startsWith('@')) {
      parts.push(kind === 'urlencode' ? urlEncoded(text) : text);
      continue;
    }
    const content = Buffer.from(await read(text.slice(1))).toString('latin1');
    parts.push(kind === 'plain' ? content.replace(/[\r\n]/g, '') : content);
  }
  return Buffer.from(parts.join('&'), options.data.some((part) => part.text.startsWith('@')) ? 'latin1' : 'utf8');
}

const BOUNDARY = '------------------------d74496d66958873e';

async function multipart(fields: readonly string[], read: (name: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    const [name, value] = [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)];
    const path = value.startsWith('@') ? value.slice(1).replace(/;.*$/, '') : undefined;
    const disposition = `Content-Disposition: form-data; name="${name}"${path === undefined ? '' : `; filename="${baseName(path)}"\r\nContent-Type: application/octet-stream`}`;
    parts.push(
      Buffer.from(`--${BOUNDARY}\r\n${disposition}\r\n\r\n`),
      path === undefined ? Buffer.from(value) : await read(path),
      Buffer.from('\r\n'),
    );
  }
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

function urlEncoded(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0
    ? encodeURIComponent(text)
    : `${text.slice(0, equals + 1).replace(/^=/, '')}${encodeURIComponent(text.slice(equals + 1))}`;
}

export async function buildRequest(
  process: Process,
  options: CurlOptions,
  url: URL,
  method: string,
  body: Uint8Array | undefined,
  transfer: Transfer,
  signal: AbortSignal,
): Promise<HttpRequest> {
  const own = options.headers.map((line): [string, string] => [
    line.slice(0, line.search(/[:;]|$/)).trim(),
    line.slice(line.search(/[:;]|$/) + 1).trim(),
  ]);
  const replaced = new Set(own.map(([name]) => name.toLowerCase()));
  const isJson = options.data.some((part) => part.kind === 'json');
  const credentials =
    options.user ?? (url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`);
  const standard: [string, string][] = [
    ['Host', url.host],
    ...(credentials === undefined ? [] : [['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`] as [string, string]]),
    ['User-Agent', options.agent ?? `curl/${VERSION}`],
    ['Accept', isJson ? 'application/json' : '*/*'],
    ...(options.range === undefined ? [] : [['Range', `bytes=${options.range}`] as [string, string]]),
    ...(options.referrer === undefined ? [] : [['Referer', options.referrer] as [string, string]]),
    ...(options.cookie === undefined ? [] : [['Cookie', options.cookie] as [string, string]]),
  ];
  const headers = [...standard.filter(([name]) => !replaced.has(name.toLowerCase())), ...own.filter(([, value]) => value !== '')];
  if (body) {
    headers.push(['Content-Length', String(body.byteLength)]);
    if (!replaced.has('content-type') && options.upload === undefined) {
      headers.push([
        'Content-Type',
        isJson
          ? 'application/json'
          : options.form.length > 0
            ? `multipart/form-data; boundary=${BOUNDARY}`
            : 'application/x-www-form-urlencoded',
      ]);
    }
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const [, , toHost, toPort] = options.connectTo.find((entry) => ['', url.hostname].includes(entry.split(':')[0] ?? ''))?.split(':') ?? [];
  const file = async (name: string | undefined): Promise<string | undefined> =>
    name === undefined ? undefined : process.machine.files.readFile(resolvePath(process.cwd, name));
  return {
    url,
    target: options.pathAsIs ? (/^(?:[a-z]+:\/\/)?[^/]*(\/[^#]*)/i.exec(transfer.url)?.[1] ?? '/') : undefined,
    method,
    headers,
    body,
    address: toHost === undefined || toHost === '' ? options.resolve.get(`${url.hostname}:${port}`) : toHost,
    port: toPort === undefined || toPort === '' ? port : Number(toPort),
    insecure: options.insecure,
    authorities: await file(options.caFile),
    certificate: await file(options.certFile),
    key: await file(options.keyFile),
    signal,
    onConnected: (connection) => {
      transfer.address = connection.address;
      transfer.port = connection.port;
      transfer.connectedAt = process.machine.clock.now();
    },
  };
}
