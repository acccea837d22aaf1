// wget, as busybox has it: saves a page, or prints it with -O-.
import { isNetworkError } from '../../network/network-error.ts';
import { fileErrorSentence } from '../../files/file-error.ts';
import { openSink } from '../../processes/open.ts';
import { commandProgram, isFileProblem, type Command } from '../command.ts';
import { CertificateProblem, sendRequest, UnknownHost } from '../http/client.ts';

class WgetFailure extends Error {}

const MAX_REDIRECTS = 5;

export const wget = commandProgram(
  {
    flags: 'cqSx',
    values: 'OTPUYot',
    long: {
      quiet: 'q',
      spider: 'spider',
      'output-document': 'O',
      timeout: 'T',
      header: 'header=',
      'post-data': 'post-data=',
      'post-file': 'post-file=',
      'user-agent': 'U',
      'server-response': 'S',
      'no-check-certificate': 'insecure',
      tries: 't',
      'directory-prefix': 'P',
      'no-verbose': 'no-verbose',
      'content-on-error': 'content-on-error',
      method: 'method=',
    },
  },
  async (command) => {
    const [url] = command.operands;
    if (url === undefined) {
      await command.process.complain(
        'BusyBox v1.37.0 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...\n',
      );
      return 1;
    }
    let status = 0;
    for (const address of command.operands) {
      status = Math.max(status, await download(command, address));
    }
    return status;
  },
);

async function download(command: Command, address: string): Promise<number> {
  const { process, options } = command;
  const timeout = new AbortController();
  const limit = options.value('T');
  const timer = limit === undefined ? undefined : process.machine.clock.schedule(Number(limit) * 1000, () => timeout.abort());
  try {
    await fetchAndSave(command, address, AbortSignal.any([process.signal, timeout.signal]));
    return 0;
  } catch (error) {
    process.signal.throwIfAborted();
    await command.complain(timeout.signal.aborted ? 'download timed out' : messageOf(error));
    return 1;
  } finally {
    timer?.[Symbol.dispose]();
  }
}

async function fetchAndSave(command: Command, address: string, signal: AbortSignal): Promise<void> {
  const { process, options } = command;
  let url = urlOf(address);
  const body = options.has('post-data')
    ? Buffer.from(options.value('post-data') ?? '')
    : options.has('post-file')
      ? await command.files.readFileBuffer(command.path(options.value('post-file') ?? ''))
      : undefined;
  const say = (text: string): Promise<void> => (options.has('q') ? Promise.resolve() : process.complain(text));
  for (let hop = 0; ; hop += 1) {
    const answer = await sendRequest(process, {
      url,
      method: options.value('method') ?? (body ? 'POST' : options.has('spider') ? 'HEAD' : 'GET'),
      headers: [
        ['Host', url.host],
        ['User-Agent', options.value('U') ?? 'Wget'],
        ['Connection', 'close'],
        ...options
          .all('header')
          .map((line): [string, string] => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
        ...(body
          ? [
              ['Content-Type', 'application/x-www-form-urlencoded'] as [string, string],
              ['Content-Length', String(body.byteLength)] as [string, string],
            ]
          : []),
      ],
      body,
      insecure: true,
      signal,
      onConnected: (connection) => void say(`Connecting to ${url.host} (${connection.address}:${connection.port})\n`),
    });
    const status = answer.statusCode ?? 0;
    if (options.has('S')) {
      await process.complain(
        `  HTTP/${answer.httpVersion} ${status} ${answer.statusMessage ?? ''}\n${pairs(answer.rawHeaders)
          .map(([name, value]) => `  ${name}: ${value}\n`)
          .join('')}  \n`,
      );
    }
    const { location } = answer.headers;
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
      answer.destroy();
      if (hop >= MAX_REDIRECTS) {
        throw new WgetFailure('too many redirections');
      }
      url = new URL(location, url);
      continue;
    }
    if (status >= 400 || status < 200) {
      answer.destroy();
      throw new WgetFailure(`server returned error: HTTP/${answer.httpVersion} ${status} ${answer.statusMessage ?? ''}`);
    }
    if (options.has('spider')) {
      answer.resume();
      await say('remote file exists\n');
      return;
    }
    await save(command, url, answer as AsyncIterable<Buffer>, say);
    return;
  }
}

async function save(command: Command, url: URL, answer: AsyncIterable<Buffer>, say: (text: string) => Promise<void>): Promise<void> {
  const { options, process } = command;
  const name = options.value('O') ?? (url.pathname.slice(url.pathname.lastIndexOf('/') + 1) || 'index.html');
  const toOutput = name === '-';
  const directory = options.value('P');
  const path = directory === undefined || options.has('O') ? name : `${directory}/${name}`;
  if (!toOutput && !options.has('O') && (await command.files.exists(command.path(path)))) {
    throw new WgetFailure(`can't open '${path}': File exists`);
  }
  const sink = toOutput ? undefined : await openSink(process, path, { append: options.has('c') });
  await say(toOutput ? 'writing to stdout\n' : `saving to '${path}'\n`);
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.byteLength;
    await (sink ? sink.write(chunk) : process.print(chunk));
  }
  sink?.close();
  await say(
    `${name.slice(0, 20).padEnd(20)} 100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\n${toOutput ? 'written to stdout' : `'${path}' saved`}\n`,
  );
}

function urlOf(address: string): URL {
  if (address.startsWith('ftp:')) {
    throw new WgetFailure('not an http or ftp url: '.concat(address));
  }
  try {
    return new URL(/^https?:\/\//.test(address) ? address : `http://${address}`);
  } catch {
    throw new WgetFailure(`bad address '${address}'`);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof WgetFailure) {
    return error.message;
  }
  if (error instanceof UnknownHost) {
    return `bad address '${error.host}'`;
  }
  if (error instanceof CertificateProblem) {
    return `note: TLS certificate validation not implemented`;
  }
  if (isNetworkError(error)) {
    const address = 'address' in error && typeof error.address === 'string' ? error.address : '';
    switch (error.code) {
      case 'ECONNREFUSED':
        return `can't connect to remote host (${address}): Connection refused`;
      case 'EHOSTUNREACH':
        return `can't connect to remote host (${address}): No route to host`;
      case 'ETIMEDOUT':
        return `can't connect to remote host (${address}): Operation timed out`;
      case 'ECONNRESET':
        return 'error getting response: Connection reset by peer';
      default:
        return 'error getting response';
    }
  }
  if (isFileProblem(error)) {
    return `can't open: ${fileErrorSentence(error)}`;
  }
  throw error;
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: Math.floor(raw.length / 2) }, (_value, index) => [raw[index * 2] ?? '', raw[index * 2 + 1] ?? '']);
}
