// Builtins about processes: wait, jobs, fg, bg, kill.
import type { Process } from '../../processes/process.ts';
import { SIGTERM, signalName, signalNames, signalNumber } from '../../processes/signals.ts';
import type { Job } from '../state.ts';
import { complain, print, type Builtin, type BuiltinCall } from './builtin.ts';

export const wait: Builtin = {
  async run(call) {
    const { state } = call;
    const wanted = call.args.filter((arg) => !arg.startsWith('-') || /^-\d+$/.test(arg));
    if (wanted.length === 0) {
      const status = await waitFor(
        call,
        state.jobs.flatMap((job) => [...job.processes]),
      );
      state.jobs = state.jobs.filter((job) => job.status === undefined);
      return call.args.includes('-n') ? status : status > 128 && state.pendingTraps.length > 0 ? status : 0;
    }
    let status = 0;
    for (const word of wanted) {
      const job = jobOf(call, word);
      if (!job) {
        if (state.dialect.kind === 'bash') {
          await complain(call, word.startsWith('%') ? `${word}: no such job` : `pid ${word} is not a child of this shell`);
        }
        status = 127;
        continue;
      }
      status = job.status ?? (await waitFor(call, job.processes));
      if (job.status !== undefined) {
        state.jobs = state.jobs.filter((candidate) => candidate !== job);
      }
    }
    return status;
  },
};

/** Waits until processes are over, or a signal with a trap comes: then the status is 128 + its number. */
async function waitFor(call: BuiltinCall, processes: readonly Process[]): Promise<number> {
  const { state } = call;
  const { signal } = state.process;
  const ended = Promise.all(processes.map((process) => process.exited)).then((exits) => exits.at(-1)?.exitCode ?? 0);
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(signal.reason as Error);
    const settle = (status: number): void => {
      state.onTrap = undefined;
      signal.removeEventListener('abort', abandon);
      resolve(status);
    };
    state.onTrap = () => settle(128 + (state.pendingTraps.at(-1) ?? 0));
    signal.addEventListener('abort', abandon, { once: true });
    void ended.then(settle);
  });
}

function jobOf(call: BuiltinCall, word: string): Job | undefined {
  const { jobs } = call.state;
  if (word.startsWith('%')) {
    const rest = word.slice(1);
    if (rest === '' || rest === '%' || rest === '+') {
      return jobs.at(-1);
    }
    return /^\d+$/.test(rest) ? jobs.find((job) => job.number === Number(rest)) : jobs.find((job) => job.text.startsWith(rest));
  }
  return jobs.find((job) => job.processes.some((process) => process.pid === Number(word)));
}

export const jobs: Builtin = {
  async run(call) {
    const { state } = call;
    for (const job of state.jobs) {
      const mark = job === state.jobs.at(-1) ? '+' : job === state.jobs.at(-2) ? '-' : ' ';
      const word = job.status === undefined ? 'Running' : job.status === 0 ? 'Done' : `Done(${job.status})`;
      const text = `[${job.number}]${mark}  ${word.padEnd(22)} ${job.text}${job.status === undefined && state.dialect.kind === 'bash' ? ' &' : ''}\n`;
      await print(call, call.args.includes('-p') ? `${job.processes[0]?.pid ?? ''}\n` : text);
    }
    state.jobs = state.jobs.filter((job) => job.status === undefined);
    return 0;
  },
};

export const foreground: Builtin = {
  async run(call) {
    const job = jobOf(call, call.args[0] ?? '%');
    if (!job) {
      await complain(call, call.state.dialect.kind === 'bash' ? `${call.args[0] ?? 'current'}: no such job` : 'No current job');
      return call.state.dialect.kind === 'bash' ? 1 : 2;
    }
    await print(call, `${job.text}\n`);
    const status = job.status ?? (await waitFor(call, job.processes));
    call.state.jobs = call.state.jobs.filter((candidate) => candidate !== job);
    return status;
  },
};

export const background: Builtin = {
  async run(call) {
    const job = jobOf(call, call.args[0] ?? '%');
    if (!job) {
      await complain(call, 'no current job');
      return 1;
    }
    return 0;
  },
};

export const kill: Builtin = {
  async run(call) {
    const { state } = call;
    const args = [...call.args];
    if (args[0] === '-l' || args[0] === '-L') {
      const [, ...numbers] = args;
      await print(
        call,
        `${(numbers.length > 0 ? numbers.map((number) => signalName(Number(number) > 128 ? Number(number) - 128 : Number(number)) ?? number) : signalNames()).join('\n')}\n`,
      );
      return 0;
    }
    let signal: number | undefined = SIGTERM;
    if (args[0] === '-s' || args[0] === '-n') {
      signal = signalNumber(args[1] ?? '');
      args.splice(0, 2);
    } else if (args[0] !== undefined && /^-\w+$/.test(args[0])) {
      signal = signalNumber(args[0].slice(1));
      args.shift();
    }
    if (args[0] === '--') {
      args.shift();
    }
    if (signal === undefined) {
      await complain(call, `${call.args[0]?.replace(/^-/, '') ?? ''}: invalid signal specification`);
      return 1;
    }
    if (args.length === 0) {
      await complain(call, 'usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]');
      return 2;
    }
    let status = 0;
    for (const word of args) {
      const targets = word.startsWith('%') ? (jobOf(call, word)?.processes ?? []) : processesOf(call, word);
      if (targets.length === 0) {
        status = 1;
        await (/^-?\d+$/.test(word)
          ? complain(
              call,
              state.dialect.kind === 'bash'
                ? `(${word}) - No such process`
                : state.dialect.kind === 'ash'
                  ? `can't kill pid ${word}: No such process`
                  : 'No such process',
            )
          : complain(call, state.dialect.kind === 'bash' ? `${word}: arguments must be process or job IDs` : `Illegal number: ${word}`));
      }
      targets.forEach((process) => process.deliver(signal));
    }
    return status;
  },
};

function processesOf(call: BuiltinCall, word: string): readonly Process[] {
  const { processes } = call.state.process.machine;
  const number = Number(word);
  if (number > 0) {
    const process = processes.get(number);
    return process ? [process] : [];
  }
  if (number === -1) {
    return [...processes].filter((process) => process.pid !== 1 && process !== call.state.process);
  }
  const group = number === 0 ? call.state.process.processGroup : -number;
  return [...processes].filter((process) => process.processGroup === group);
}
