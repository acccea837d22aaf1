// nc, telnet, ping, traceroute: connections by hand, and whether somebody is there.
import type { Duplex } from 'node:stream';
import { isNetworkError } from '../../network/network-error.ts';
import { OpenFile } from '../../processes/open-file.ts';
import { NOTHING, Pipe } from '../../processes/byte-stream.ts';
import { pumpInto, sinkInto } from '../../processes/node-streams.ts';
import { spawn } from '../../processes/spawn.ts';
import { commandProgram, type Command } from '../command.ts';
import { resolveHost } from './resolver.ts';

/** Nobody listens there: whoever refuses is alive. */
const PROBE_PORT = 1;

export const nc = commandProgram({ flags: 'lzvnukCdNr46', values: 'pwesiqX', stopAtOperand: false }, async (command) => {
  const { options, operands } = command;
  const program = options.value('e');
  if (options.has('l')) {
    return listenOnce(command, Number(options.value('p') ?? operands.at(-1)), program);
  }
  const [host, port] = operands;
  if (host === undefined || port === undefined) {
    await command.complain(command.busybox ? 'missing operand' : 'missing hostname and port arguments');
    return 1;
  }
  const [address] = await resolveHost(command.process, host);
  if (address === undefined) {
    await command.complain(
      command.busybox ? `bad address '${host}'` : `getaddrinfo for host "${host}" port ${port}: Name or service not known`,
    );
    return 1;
  }
  let status = 0;
  for (const number of portsOf(port)) {
    status = await connectOnce(command, host, address, number, program);
  }
  return status;
});

function portsOf(text: string): number[] {
  const range = /^(\d+)-(\d+)$/.exec(text);
  const from = Number(range?.[1] ?? text);
  const to = Math.min(Number(range?.[2] ?? text), from + 1000);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_value, index) => from + index);
}

async function connectOnce(command: Command, host: string, address: string, port: number, program: string | undefined): Promise<number> {
  const { options, process } = command;
  const timeout = new AbortController();
  const wait = options.value('w');
  const timer = wait === undefined ? undefined : process.machine.clock.schedule(Number(wait) * 1000, () => timeout.abort());
  let connection: Duplex;
  try {
    connection = await process.machine.endpoint.connect(address, port, AbortSignal.any([process.signal, timeout.signal]));
  } catch (error) {
    process.signal.throwIfAborted();
    const sentence = isNetworkError(error, 'ECONNREFUSED')
      ? 'Connection refused'
      : isNetworkError(error, 'EHOSTUNREACH')
        ? 'No route to host'
        : command.busybox
          ? 'Operation timed out'
          : 'Connection timed out';
    if (command.busybox ? !options.has('z') || options.has('v') : options.has('v')) {
      await command.complain(
        command.busybox
          ? `${host} (${address}:${port}): ${sentence}`
          : `connect to ${host} (${address}) port ${port} (tcp) failed: ${sentence}`,
      );
    }
    return 1;
  } finally {
    timer?.[Symbol.dispose]();
  }
  if (options.has('v')) {
    await process.complain(
      command.busybox ? `${host} (${address}:${port}) open\n` : `Connection to ${host} (${address}) ${port} port [tcp/*] succeeded!\n`,
    );
  }
  if (options.has('z')) {
    connection.destroy();
    return 0;
  }
  await (program === undefined ? converse(command, connection) : serveWith(command, connection, program));
  return 0;
}

async function listenOnce(command: Command, port: number, program: string | undefined): Promise<number> {
  const { process, options } = command;
  const waiting: ((connection: Duplex) => void)[] = [];
  const arrived: Duplex[] = [];
  let listener: Disposable;
  try {
    listener = process.machine.endpoint.listen(port, (connection) => {
      const next = waiting.shift();
      if (next) {
        next(connection);
      } else {
        arrived.push(connection);
      }
    });
  } catch (error) {
    if (!isNetworkError(error)) {
      throw error;
    }
    await command.complain('bind: Address already in use');
    return 1;
  }
  try {
    do {
      const connection = arrived.shift() ?? (await next(waiting, process.signal));
      if (!options.has('k')) {
        // One conversation only: whoever comes meanwhile is refused.
        listener[Symbol.dispose]();
      }
      await (program === undefined ? converse(command, connection) : serveWith(command, connection, program));
    } while (options.has('k'));
    return 0;
  } finally {
    listener[Symbol.dispose]();
    arrived.forEach((connection) => connection.destroy());
  }
}

function next(waiting: ((connection: Duplex) => void)[], signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    waiting.push(resolve);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Copies both ways until the other side is done. */
async function converse(command: Command, connection: Duplex): Promise<void> {
  const { process } = command;
  const stop = new AbortController();
  const end = (): void => connection.destroy() as unknown as void;
  process.signal.addEventListener('abort', end, { once: true });
  const sending = (async (): Promise<void> => {
    const source = process.stdin ?? NOTHING;
    for (;;) {
      const chunk = await source.read(AbortSignal.any([process.signal, stop.signal])).catch(() => undefined);
      if (!chunk) {
        break;
      }
      await sinkInto(connection).write(chunk);
    }
    if (!stop.signal.aborted) {
      connection.end();
    }
  })();
  try {
    for await (const chunk of connection as AsyncIterable<Buffer>) {
      await process.print(chunk);
    }
  } catch {
    // A reset ends the conversation like a close.
  }
  stop.abort();
  await sending;
  process.signal.removeEventListener('abort', end);
  connection.destroy();
}

/** `nc -e program`: the connection is the program's standard input and output. */
async function serveWith(command: Command, connection: Duplex, program: string): Promise<void> {
  const { process } = command;
  const input = new Pipe();
  const stop = new AbortController();
  void pumpInto(connection, input.writer, stop.signal);
  const file = new OpenFile({ source: input.reader, sink: sinkInto(connection) });
  const child = await spawn(process.machine, {
    argv: program.split(/\s+/),
    env: process.env,
    cwd: process.cwd,
    identity: process.identity,
    descriptors: new Map([...process.descriptors, [0, file], [1, file]]),
    parentPid: process.pid,
    processGroup: process.processGroup,
  });
  file.release();
  await child.exited;
  stop.abort();
  connection.end();
}

export const telnet = commandProgram({ flags: 'a', values: 'l' }, async (command) => {
  const [host = 'localhost', port = '23'] = command.operands;
  const [address] = await resolveHost(command.process, host);
  if (address === undefined) {
    await command.complain(`bad address '${host}'`);
    return 1;
  }
  try {
    const connection = await command.process.machine.endpoint.connect(address, Number(port), command.process.signal);
    await command.print(`Connected to ${host}\n\nEntering character mode\nEscape character is '^]'.\n\n`);
    await converse(command, connection);
    await command.process.complain('Connection closed by foreign host\n');
    return 1;
  } catch (error) {
    if (!isNetworkError(error)) {
      throw error;
    }
    await command.complain(
      `can't connect to remote host (${address}): ${error.code === 'ECONNREFUSED' ? 'Connection refused' : 'Operation timed out'}`,
    );
    return 1;
  }
});

export const ping = commandProgram({ flags: 'qAn46v', values: 'cwWiIst' }, async (command) => {
  const { options, process } = command;
  const host = command.operands[0];
  if (host === undefined) {
    await command.complain('missing operand');
    return 1;
  }
  const [address] = await resolveHost(process, host);
  if (address === undefined) {
    await command.complain(command.busybox ? `bad address '${host}'` : `${host}: Name or service not known`);
    return command.busybox ? 1 : 2;
  }
  const count = Number(options.value('c') ?? Infinity);
  const interval = Number(options.value('i') ?? 1) * 1000;
  let sent = 0;
  let received = 0;
  const summarise = (): Promise<void> =>
    command.print(
      `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${received} ${command.busybox ? 'packets received' : 'received'}, ${sent === 0 ? 0 : Math.round(((sent - received) / sent) * 100)}% packet loss\n${received > 0 ? 'round-trip min/avg/max = 0.045/0.061/0.088 ms\n' : ''}`,
    );
  let interrupted = false;
  const wake = new AbortController();
  process.onSignal(2, () => {
    interrupted = true;
    wake.abort();
  });
  await command.print(`PING ${host} (${address}): 56 data bytes\n`);
  while (sent < count && !interrupted) {
    if (await answers(command, address)) {
      received += 1;
      if (!options.has('q')) {
        await command.print(`64 bytes from ${address}: seq=${sent} ttl=64 time=0.0${45 + ((sent * 13) % 44)} ms\n`);
      }
    }
    sent += 1;
    if (sent < count) {
      await process.machine.clock.sleep(interval, AbortSignal.any([process.signal, wake.signal])).catch(() => undefined);
      process.signal.throwIfAborted();
    }
  }
  await summarise();
  return received > 0 ? 0 : 1;
});

/** Whether a host is there: a connection that is refused was refused by somebody. */
async function answers(command: Command, address: string): Promise<boolean> {
  const { process } = command;
  const timeout = new AbortController();
  const timer = process.machine.clock.schedule(Number(command.options.value('W') ?? 1) * 1000, () => timeout.abort());
  try {
    (await process.machine.endpoint.connect(address, PROBE_PORT, AbortSignal.any([process.signal, timeout.signal]))).destroy();
    return true;
  } catch (error) {
    process.signal.throwIfAborted();
    return isNetworkError(error, 'ECONNREFUSED');
  } finally {
    timer[Symbol.dispose]();
  }
}

export const traceroute = commandProgram({ flags: 'nIFl', values: 'mqwpfs' }, async (command) => {
  const host = command.operands[0] ?? '';
  const [address] = await resolveHost(command.process, host);
  if (address === undefined) {
    await command.complain(`bad address '${host}'`);
    return 1;
  }
  await command.print(`traceroute to ${host} (${address}), 30 hops max, 46 byte packets\n`);
  await command.print(
    (await answers(command, address))
      ? ` 1  ${address} (${address})  0.045 ms  0.021 ms  0.019 ms\n`
      : Array.from({ length: 30 }, (_value, hop) => `${String(hop + 1).padStart(2)}  *  *  *\n`).join(''),
  );
  return 0;
});
