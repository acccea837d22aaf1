// timeout, nohup, nice, setsid, stdbuf, xargs, watch, time, su: commands that run commands.
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import { ExecutableError } from '../../processes/executables.ts';
import { OpenFile } from '../../processes/open-file.ts';
import type { Process } from '../../processes/process.ts';
import { SIGKILL, SIGTERM, signalNumber } from '../../processes/signals.ts';
import { spawn } from '../../processes/spawn.ts';
import { identityOf } from '../../containers/users.ts';
import { commandProgram, type Command } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { execSelf } from '../exec-self.ts';
import { formatDate } from './date.ts';

/** Starts a command as a child; a missing one is explained, and its status given instead. */
async function start(command: Command, argv: readonly string[], stdin?: OpenFile): Promise<Process | number> {
  const { process } = command;
  const descriptors = stdin ? new Map([...process.descriptors, [0, stdin] as const]) : process.descriptors;
  try {
    return await spawn(process.machine, {
      argv,
      env: process.env,
      cwd: process.cwd,
      identity: process.identity,
      descriptors,
      parentPid: process.pid,
      processGroup: process.processGroup,
    });
  } catch (error) {
    if (!(error instanceof ExecutableError)) {
      throw error;
    }
    return explainMissing(command, error);
  }
}

async function explainMissing(command: Command, error: ExecutableError): Promise<number> {
  const denied = error.problem === 'not-executable' || error.problem === 'is-directory';
  const sentence = denied ? 'Permission denied' : 'No such file or directory';
  await command.complain(
    command.busybox ? `can't execute '${error.command}': ${sentence}` : `failed to run command '${error.command}': ${sentence}`,
  );
  return denied ? 126 : 127;
}

/** Waits for a child, passing on the signals that end this process. */
async function wait(process: Process, child: Process): Promise<number> {
  const stop = (): void => child.deliver(SIGTERM);
  process.signal.addEventListener('abort', stop, { once: true });
  const { exitCode } = await child.exited;
  process.signal.removeEventListener('abort', stop);
  process.signal.throwIfAborted();
  return exitCode;
}

export const timeout = commandProgram(
  {
    flags: 'fpv',
    values: 'skt',
    long: { signal: 's', 'kill-after': 'k', foreground: 'f', 'preserve-status': 'p', verbose: 'v' },
    stopAtOperand: true,
  },
  async (command) => {
    const { options, process } = command;
    const words = [...command.operands];
    // busybox once took the duration as -t.
    const text = options.value('t') ?? words.shift() ?? '';
    const limit = parseDuration(text);
    const signal = signalNumber(options.value('s') ?? 'TERM');
    if (limit === undefined || signal === undefined || words.length === 0) {
      await command.complain(limit === undefined ? `invalid time interval '${text}'` : 'missing operand');
      return 125;
    }
    const child = await start(command, words);
    if (typeof child === 'number') {
      return child;
    }
    let expired = false;
    const timers =
      limit === 0 || limit === Infinity
        ? []
        : [
            process.machine.clock.schedule(limit, () => {
              expired = true;
              child.deliver(signal);
              const grace = parseDuration(options.value('k') ?? '');
              if (grace !== undefined) {
                timers.push(process.machine.clock.schedule(grace, () => child.deliver(SIGKILL)));
              }
            }),
          ];
    const status = await wait(process, child);
    timers.forEach((timer) => timer[Symbol.dispose]());
    return expired && !options.has('p') ? (status === 137 ? 137 : command.busybox ? 143 : 124) : status;
  },
  125,
);

/** Commands that only change a setting that is not simulated, then become their command. */
function passThrough(table: Parameters<typeof commandProgram>[0]): ReturnType<typeof commandProgram> {
  return commandProgram({ ...table, stopAtOperand: true }, async (command) => {
    try {
      return await execSelf(command.process, command.operands);
    } catch (error) {
      if (!(error instanceof ExecutableError)) {
        throw error;
      }
      return explainMissing(command, error);
    }
  });
}

export const nice = passThrough({ values: 'n', long: { adjustment: 'n' } });
export const setsid = passThrough({ flags: 'cfw' });
export const stdbuf = passThrough({ values: 'ioe', long: { output: 'o', input: 'i', error: 'e' } });

export const nohup = commandProgram({ stopAtOperand: true }, async (command) => {
  const { process } = command;
  process.onSignal(1, 'ignore');
  if (process.descriptors.get(1)?.terminal) {
    await command.complain("ignoring input and appending output to 'nohup.out'");
  }
  try {
    return await execSelf(process, command.operands);
  } catch (error) {
    if (!(error instanceof ExecutableError)) {
      throw error;
    }
    return explainMissing(command, error);
  }
});

export const xargs = commandProgram(
  {
    flags: '0rtxp',
    values: 'IndPLsaE',
    long: {
      null: '0',
      'no-run-if-empty': 'r',
      verbose: 't',
      'max-args': 'n',
      'max-procs': 'P',
      replace: 'I',
      delimiter: 'd',
      'max-lines': 'L',
    },
    stopAtOperand: true,
  },
  async (command) => {
    const { options, process } = command;
    const input = (await readAll(process.stdin ?? NOTHING, process.signal, 8 * 1024 * 1024)).toString('utf8');
    const replace = options.value('I');
    const delimiter = options.has('0') ? '\0' : options.value('d')?.replace('\\n', '\n').replace('\\t', '\t');
    const items =
      delimiter === undefined
        ? replace === undefined
          ? splitWords(input)
          : input.split('\n').map((line) => line.trim())
        : input.split(delimiter);
    const wanted = items.filter((item, index) => item !== '' || (delimiter !== undefined && index < items.length - 1));
    const words = command.operands.length > 0 ? command.operands : ['echo'];
    const size = replace === undefined ? Number(options.value('n') ?? options.value('L') ?? 5000) : 1;
    const batches: string[][] = [];
    for (let at = 0; at < wanted.length; at += size) {
      batches.push(wanted.slice(at, at + size));
    }
    if (batches.length === 0 && !options.has('r') && replace === undefined && !command.busybox) {
      batches.push([]);
    }
    let status = 0;
    const parallel = Math.max(1, Math.min(16, Number(options.value('P') ?? 1) || 16));
    const queue = [...batches];
    const empty = new OpenFile({});
    const work = async (): Promise<void> => {
      for (let batch = queue.shift(); batch; batch = queue.shift()) {
        const argv = replace === undefined ? [...words, ...batch] : words.map((word) => word.replaceAll(replace, batch[0] ?? ''));
        if (options.has('t')) {
          await process.complain(`${argv.join(' ')}\n`);
        }
        const child = await start(command, argv, empty);
        const code = typeof child === 'number' ? child : await wait(process, child);
        status = code === 0 ? status : code === 126 || code === 127 ? code : code === 255 ? 124 : 123;
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    empty.release();
    return status;
  },
);

function splitWords(input: string): string[] {
  return [...input.matchAll(/(?:"([^"\n]*)"|'([^'\n]*)'|((?:\\.|[^\s\\"'])+))+/g)].map((match) =>
    match[0].replace(
      /"([^"\n]*)"|'([^'\n]*)'|\\(.)/g,
      (_whole, double?: string, single?: string, escaped?: string) => double ?? single ?? escaped ?? '',
    ),
  );
}

export const watch = commandProgram(
  { flags: 'degtxbc', values: 'n', long: { interval: 'n', 'no-title': 't', differences: 'd', exec: 'x' }, stopAtOperand: true },
  async (command) => {
    const { options, process } = command;
    const seconds = Number(options.value('n') ?? 2);
    const text = command.operands.join(' ');
    for (;;) {
      const title = options.has('t')
        ? ''
        : `Every ${seconds.toFixed(1)}s: ${text}${' '.repeat(4)}${process.machine.hostname}: ${formatDate('%a %b %e %H:%M:%S %Y', process.machine.clock.now())}\n\n`;
      await command.print(`\u001b[H\u001b[J${title}`);
      const child = await start(command, ['sh', '-c', text]);
      if (typeof child === 'number') {
        return child;
      }
      await wait(process, child);
      await process.sleep(Math.max(0.1, seconds) * 1000);
    }
  },
);

export const time = commandProgram({ flags: 'pv', stopAtOperand: true }, async (command) => {
  const { process } = command;
  const started = process.machine.clock.now();
  const child = await start(command, command.operands);
  const status = typeof child === 'number' ? child : await wait(process, child);
  const seconds = (process.machine.clock.now() - started) / 1000;
  await process.complain(`real\t${Math.floor(seconds / 60)}m ${(seconds % 60).toFixed(2)}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n`);
  return status;
});

export const su = commandProgram({ flags: 'lmp', values: 'cs', long: { login: 'l', command: 'c', shell: 's' } }, async (command) => {
  const { process, options } = command;
  const [user = 'root', ...rest] = command.operands.filter((operand) => operand !== '-');
  const identity = await identityOf(command.files, user);
  if (!identity) {
    await command.complain(
      command.busybox ? `unknown user ${user}` : `user ${user} does not exist or the user entry does not contain all the required fields`,
    );
    return 1;
  }
  if (process.identity.uid !== 0) {
    await command.complain(command.busybox ? 'must be suid to work properly' : 'Authentication failure');
    return 1;
  }
  process.identity = identity;
  const text = options.value('c');
  return execSelf(process, [options.value('s') ?? '/bin/sh', ...(text === undefined ? [] : ['-c', text]), ...rest]);
});
