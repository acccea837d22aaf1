// curl: requests over the container's network, with curl's output, exit codes and messages.
import type { IncomingMessage } from 'node:http';
import { baseName } from '../../files/paths.ts';
import { openSink } from '../../processes/open.ts';
import type { ByteSink } from '../../processes/byte-stream.ts';
import { DEFAULT_PATH, searchPath } from '../../processes/executables.ts';
import type { Process } from '../../processes/process.ts';
import { execSelf } from '../exec-self.ts';
import { sendRequest, type HttpRequest } from '../http/client.ts';
import { OptionProblem, parseCurl, type CurlOptions } from './curl-options.ts';
import { bodyOf, buildRequest, parseUrl } from './curl-request.ts';
import { CurlFailure, failureOf, VERSION, writeOut, type Transfer } from './curl-transfer.ts';

export async function curl(process: Process): Promise<number> {
  let options: CurlOptions;
  try {
    options = parseCurl(process.argv.slice(1));
  } catch (error) {
    if (!(error instanceof OptionProblem)) {
      throw error;
    }
    await process.complain(
      `curl: option ${/'([^']*)'/.exec(error.message)?.[1]?.replace(/^(\w)$/, '-$1') ?? ''}: ${error.message.includes('requires') ? 'requires parameter' : 'is unknown'}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`,
    );
    return 2;
  }
  if (options.version) {
    await process.print(`curl ${VERSION} (x86_64-pc-linux-gnu) libcurl/${VERSION}\nProtocols: http https\n`);
    return 0;
  }
  if (options.urls.length === 0) {
    await process.complain("curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
    return 2;
  }
  let status = 0;
  const urls = options.urls.flatMap((url) => expandRanges(url));
  for (const [index, url] of urls.entries()) {
    status = await transferWithRetries(
      process,
      options,
      url,
      options.outputs[index] ?? (options.remoteName ? baseName(url.replace(/[?#].*$/, '')) : undefined),
    );
  }
  return status;
}

/** curlimages/curl: options alone mean curl, anything else is a command. */
export async function curlEntrypoint(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const isCommand =
    args[0] !== undefined &&
    (await searchPath(process.machine.files, args[0], process.cwd, process.env.get('PATH') ?? DEFAULT_PATH)) !== undefined;
  return execSelf(process, isCommand ? args : ['curl', ...args]);
}

/** `http://host/[1-3]` and `{a,b}` are several URLs. */
function expandRanges(url: string): string[] {
  const range = /\[(\d+)-(\d+)\]/.exec(url);
  if (range) {
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), Number(range[1]) + 999)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_value, index) => url.replace(range[0], String(from + index))).flatMap(
      expandRanges,
    );
  }
  const list = /\{([^{}]*,[^{}]*)\}/.exec(url);
  return list
    ? (list[1] ?? '')
        .split(',')
        .map((part) => url.replace(list[0], part))
        .flatMap(expandRanges)
    : [url];
}

async function transferWithRetries(process: Process, options: CurlOptions, url: string, output: string | undefined): Promise<number> {
  const transfer: Transfer = {
    url,
    status: 0,
    size: 0,
    uploaded: 0,
    contentType: '',
    address: '',
    port: 0,
    redirects: 0,
    redirectUrl: '',
    startedAt: process.machine.clock.now(),
    connectedAt: 0,
    answeredAt: 0,
    method: 'GET',
    httpVersion: '1.1',
  };
  let code = 0;
  let message = '';
  for (let attempt = 0; attempt <= options.retries; attempt += 1) {
    try {
      code = 0;
      await transferOnce(process, options, transfer, output);
    } catch (error) {
      const failure = failureOf(process, options, transfer, error);
      code = failure.code;
      message = failure.message;
    }
    const worthRetrying =
      code === 28 || code === 6 || (options.retryRefused && code !== 0) || [408, 429, 500, 502, 503, 504].includes(transfer.status);
    if (attempt < options.retries && worthRetrying) {
      if (!options.silent || options.showError) {
        await process.complain(
          `Warning: Problem: ${code === 0 ? `HTTP error` : message}. Will retry in ${options.retryDelayMs / 1000} seconds. ${options.retries - attempt} retries left.\n`,
        );
      }
      await process.sleep(options.retryDelayMs);
      continue;
    }
    break;
  }
  if (code !== 0 && (!options.silent || options.showError)) {
    await process.complain(`curl: (${code}) ${message}\n`);
  }
  if (options.writeOut !== undefined) {
    await process.print(await writeOut(process, options.writeOut, transfer, code, message));
  }
  return code;
}

async function transferOnce(process: Process, options: CurlOptions, transfer: Transfer, output: string | undefined): Promise<void> {
  const timeouts = new AbortController();
  const timers = [
    ...(options.maxTimeMs === undefined
      ? []
      : [
          process.machine.clock.schedule(options.maxTimeMs, () =>
            timeouts.abort(new CurlFailure(28, timedOut(options, transfer, options.maxTimeMs ?? 0))),
          ),
        ]),
    ...(options.connectTimeoutMs === undefined
      ? []
      : [
          process.machine.clock.schedule(
            options.connectTimeoutMs,
            () =>
              transfer.connectedAt === 0 && timeouts.abort(new CurlFailure(28, timedOut(options, transfer, options.connectTimeoutMs ?? 0))),
          ),
        ]),
  ];
  try {
    await follow(process, options, transfer, output, AbortSignal.any([process.signal, timeouts.signal]));
  } catch (error) {
    throw timeouts.signal.aborted ? (timeouts.signal.reason as Error) : error;
  } finally {
    timers.forEach((timer) => timer[Symbol.dispose]());
  }
}

function timedOut(_options: CurlOptions, transfer: Transfer, limit: number): string {
  return transfer.connectedAt === 0
    ? `Connection timed out after ${limit} milliseconds`
    : `Operation timed out after ${limit} milliseconds with ${transfer.size} bytes received`;
}

async function follow(
  process: Process,
  options: CurlOptions,
  transfer: Transfer,
  output: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const body = await bodyOf(process, options, signal);
  let url = parseUrl(transfer.url, options, body);
  let method =
    options.method ??
    (options.head ? 'HEAD' : options.upload !== undefined ? 'PUT' : body !== undefined && !options.asQuery ? 'POST' : 'GET');
  let sent = options.asQuery ? undefined : body;
  const sink = output === undefined || output === '-' ? undefined : await openSink(process, output, { append: false });
  const meter = sink && !options.silent;
  if (meter) {
    await process.complain(
      '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n',
    );
  }
  for (;;) {
    const request = await buildRequest(process, options, url, method, sent, transfer, signal);
    transfer.method = method;
    transfer.uploaded = sent?.byteLength ?? 0;
    if (options.verbose) {
      await traceRequest(process, request, transfer);
    }
    const answer = await sendRequest(process, request);
    transfer.status = answer.statusCode ?? 0;
    transfer.answeredAt = process.machine.clock.now();
    transfer.contentType = answer.headers['content-type'] ?? '';
    transfer.httpVersion = answer.httpVersion;
    transfer.url = url.href;
    const location = answer.headers.location;
    transfer.redirectUrl = location === undefined ? '' : new URL(location, url).href;
    if (options.verbose) {
      await traceAnswer(process, answer);
    }
    const isRedirect = location !== undefined && [301, 302, 303, 307, 308].includes(transfer.status);
    if (options.fail && transfer.status >= 400) {
      answer.destroy();
      throw new CurlFailure(22, `The requested URL returned error: ${transfer.status}`);
    }
    await receive(process, options, transfer, answer, sink, options.follow && isRedirect);
    if (!options.follow || !isRedirect) {
      break;
    }
    if (transfer.redirects >= options.maxRedirects) {
      throw new CurlFailure(47, `Maximum (${options.maxRedirects}) redirects followed`);
    }
    transfer.redirects += 1;
    url = new URL(location, url);
    if ([301, 302, 303].includes(transfer.status) && method === 'POST' && options.method === undefined) {
      method = 'GET';
      sent = undefined;
    }
  }
  sink?.close();
  if (meter) {
    await process.complain(
      `100 ${String(transfer.size).padStart(5)}  100 ${String(transfer.size).padStart(5)}    0     0  ${String(transfer.size * 200).padStart(5)}      0 --:--:-- --:--:-- --:--:-- ${String(transfer.size * 200).padStart(5)}\n`,
    );
  }
}

async function receive(
  process: Process,
  options: CurlOptions,
  transfer: Transfer,
  answer: IncomingMessage,
  sink: ByteSink | undefined,
  skipsBody: boolean,
): Promise<void> {
  const write = (data: string | Uint8Array): Promise<void> => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return sink ? sink.write(bytes) : process.print(bytes);
  };
  if (options.include || options.head) {
    await write(`${headLines(answer).join('\r\n')}\r\n\r\n`);
  }
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (!skipsBody) {
      transfer.size += chunk.byteLength;
      await write(chunk);
    }
  }
}

function headLines(answer: IncomingMessage): string[] {
  const lines = [`HTTP/${answer.httpVersion} ${answer.statusCode ?? 0} ${answer.statusMessage ?? ''}`];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  }
  return lines;
}

async function traceRequest(process: Process, request: HttpRequest, _transfer: Transfer): Promise<void> {
  const lines = [
    `* Trying ${request.address ?? request.url.hostname}:${request.port ?? 80}...`,
    `* Connected to ${request.url.hostname} port ${request.port ?? 80} (#0)`,
    `> ${request.method} ${request.url.pathname}${request.url.search} HTTP/1.1`,
    ...request.headers.map(([name, value]) => `> ${name}: ${value}`),
    '> ',
  ];
  await process.complain(`${lines.join('\n')}\n`);
}

async function traceAnswer(process: Process, answer: IncomingMessage): Promise<void> {
  await process.complain(
    `${headLines(answer)
      .map((line) => `< ${line}`)
      .join('\n')}\n< \n`,
  );
}
