// redis-cli: one command, commands from its input, or a prompt.
import { linePrompt } from '../line-prompt.ts';
import { isNetworkError } from '../../network/network-error.ts';
import { NOTHING } from '../../processes/byte-stream.ts';
import { readLine } from '../../processes/line-reader.ts';
import type { Process } from '../../processes/process.ts';
import { OptionProblem, Options } from '../options.ts';
import { resolveHost } from '../network/resolver.ts';
import { RedisClient } from './client.ts';
import { splitWords, type Reply } from './resp.ts';

export async function redisCli(process: Process): Promise<number> {
  let options: Options;
  try {
    options = new Options(process.argv.slice(1), {
      flags: 'cex',
      values: 'hpanrius',
      long: { raw: 'raw', 'no-raw': 'no-raw', 'no-auth-warning': 'no-auth-warning', pass: 'a', user: 'u', version: 'version' },
      stopAtOperand: true,
    });
  } catch (error) {
    if (!(error instanceof OptionProblem)) {
      throw error;
    }
    await process.complain('Unrecognized option or bad number of args for: '.concat(`'${process.argv[1] ?? ''}'\n`));
    return 1;
  }
  if (options.has('version')) {
    await process.print(`redis-cli ${process.env.get('REDIS_VERSION') ?? '7.4.1'}\n`);
    return 0;
  }
  const host = options.value('h') ?? '127.0.0.1';
  const port = Number(options.value('p') ?? 6379);
  const client = await connect(process, host, port);
  if (typeof client === 'number') {
    return client;
  }
  const raw = options.has('raw') || (!process.descriptors.get(1)?.terminal && !options.has('no-raw'));
  try {
    const password = options.value('a') ?? process.env.get('REDISCLI_AUTH');
    if (password !== undefined) {
      const reply = await client.send(['AUTH', password]);
      if (reply?.kind === 'error') {
        await process.complain(`AUTH failed: ${reply.text}\n`);
      }
    }
    if (options.value('n') !== undefined) {
      await client.send(['SELECT', options.value('n') ?? '0']);
    }
    if (options.operands.length > 0) {
      return await runOne(process, client, options.operands, raw, Number(options.value('r') ?? 1));
    }
    return process.descriptors.get(0)?.terminal
      ? await converse(process, client, `${host}:${port}> `)
      : await runInput(process, client, raw);
  } finally {
    client.close();
  }
}

async function connect(process: Process, host: string, port: number): Promise<RedisClient | number> {
  const [address] = await resolveHost(process, host);
  if (address === undefined) {
    await process.complain(`Could not connect to Redis at ${host}:${port}: Name or service not known\n`);
    return 1;
  }
  try {
    const connection = await process.machine.endpoint.connect(address, port, process.signal);
    process.signal.addEventListener('abort', () => connection.destroy(), { once: true });
    return new RedisClient(connection);
  } catch (error) {
    process.signal.throwIfAborted();
    const reason = isNetworkError(error, 'ECONNREFUSED')
      ? 'Connection refused'
      : isNetworkError(error, 'EHOSTUNREACH')
        ? 'No route to host'
        : 'Connection timed out';
    await process.complain(`Could not connect to Redis at ${host}:${port}: ${reason}\n`);
    return 1;
  }
}

async function runOne(process: Process, client: RedisClient, words: readonly string[], raw: boolean, times: number): Promise<number> {
  let status = 0;
  for (let round = 0; round < times; round += 1) {
    const reply = await client.send(words);
    status = reply?.kind === 'error' ? 1 : 0;
    await process.print(reply ? show(reply, raw) : 'Error: Server closed the connection\n');
    if (words[0]?.toUpperCase() === 'SUBSCRIBE') {
      for (let message = await client.receive(); message; message = await client.receive()) {
        await process.print(show(message, raw));
      }
    }
  }
  return status;
}

async function runInput(process: Process, client: RedisClient, raw: boolean): Promise<number> {
  const source = process.stdin ?? NOTHING;
  for (let line = await readLine(source, process.signal); line; line = await readLine(source, process.signal)) {
    const words = splitWords(line.text);
    if (words.length > 0) {
      await runOne(process, client, words, raw, 1);
    }
  }
  return 0;
}

async function converse(process: Process, client: RedisClient, prompt: string): Promise<number> {
  const file = process.descriptors.get(0);
  const history: string[] = [];
  const editor = linePrompt(process, history);
  for (;;) {
    file?.terminal?.setRaw(true);
    const line = await editor.edit(prompt);
    file?.terminal?.setRaw(false);
    if (line.kind !== 'line' || /^\s*(quit|exit)\s*$/i.test(line.text)) {
      await process.print(line.kind === 'line' ? '' : '\n');
      return 0;
    }
    const words = splitWords(line.text);
    if (words.length > 0) {
      history.push(line.text);
      await runOne(process, client, words, false, 1);
    }
  }
}

function show(reply: Reply, raw: boolean, indent = ''): string {
  const text = (value: string): string => Buffer.from(value, 'latin1').toString('utf8');
  switch (reply.kind) {
    case 'simple':
      return `${reply.text}\n`;
    case 'error':
      return raw ? `${reply.text}\n\n` : `(error) ${reply.text}\n`;
    case 'integer':
      return raw ? `${reply.value}\n` : `(integer) ${reply.value}\n`;
    case 'bulk':
      return reply.text === null ? (raw ? '\n' : '(nil)\n') : raw ? `${text(reply.text)}\n` : `${JSON.stringify(text(reply.text))}\n`;
    case 'array': {
      const items = reply.items ?? [];
      if (items.length === 0) {
        return raw ? '\n' : '(empty array)\n';
      }
      const width = String(items.length).length;
      return items
        .map((item, index) =>
          raw
            ? show(item, raw)
            : `${index === 0 ? '' : indent}${String(index + 1).padStart(width)}) ${show(item, raw, `${indent}${' '.repeat(width + 2)}`)}`,
        )
        .join('');
    }
  }
}
