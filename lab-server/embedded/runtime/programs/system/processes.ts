// ps, top, kill, pkill, pgrep, pidof, killall, uptime, free: the container's processes and what they use.
import { accountsOf } from '../../containers/users.ts';
import { commandName } from '../../files/proc.ts';
import { dateAt } from '../../files/file-times.ts';
import type { Process } from '../../processes/process.ts';
import { SIGTERM, signalName, signalNames, signalNumber } from '../../processes/signals.ts';
import { commandProgram, type Command } from '../command.ts';
import { compileTextPattern, loadTextPatterns } from '../text-pattern.ts';

const NODE_MEMORY_KB = 4_023_180;

async function userNames(command: Command): Promise<ReadonlyMap<number, string>> {
  return new Map((await accountsOf(command.files)).map((account) => [account.uid, account.name]));
}

function commandLine(process: Process): string {
  return process.argv.join(' ');
}

export const ps = commandProgram(
  { flags: 'aAdefFlLTwxuHjy1', values: 'opCtUG', long: { pid: 'p', 'no-headers': 'H', sort: 'G' } },
  async (command) => {
    const users = await userNames(command);
    const words = command.process.argv.slice(1).join(' ');
    const processes = [...command.process.machine.processes].sort((left, right) => left.pid - right.pid);
    if (command.busybox) {
      const columns = command.options.value('o');
      if (columns !== undefined) {
        return printColumns(command, processes, columns, users);
      }
      await command.print('PID   USER     TIME  COMMAND\n');
      for (const process of processes) {
        await command.print(
          `${String(process.pid).padStart(5)} ${(users.get(process.identity.uid) ?? String(process.identity.uid)).padEnd(8)} ${cpuClock(process)} ${commandLine(process)}\n`,
        );
      }
      return 0;
    }
    const columns = command.options.value('o');
    if (columns !== undefined) {
      return printColumns(command, processes, columns, users);
    }
    if (/(^|\s)-?\w*u\w*(\s|$)/.test(words) && !words.includes('-e')) {
      await command.print('USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n');
      for (const process of processes) {
        const memory = Math.ceil(process.machine.memory.heldBy(process) / 1024);
        await command.print(
          `${(users.get(process.identity.uid) ?? String(process.identity.uid)).padEnd(8)} ${String(process.pid).padStart(7)} ${percentCpu(process).padStart(4)} ${((memory / NODE_MEMORY_KB) * 100).toFixed(1).padStart(4)} ${String(memory * 3).padStart(6)} ${String(memory).padStart(5)} ${terminalOf(process).padEnd(8)} S    ${startClock(process)} ${cpuShort(process).padStart(6)} ${commandLine(process)}\n`,
        );
      }
      return 0;
    }
    if (command.options.has('f')) {
      await command.print('UID          PID    PPID  C STIME TTY          TIME CMD\n');
      for (const process of processes) {
        await command.print(
          `${(users.get(process.identity.uid) ?? String(process.identity.uid)).padEnd(8)} ${String(process.pid).padStart(7)} ${String(process.parentPid).padStart(7)}  0 ${startClock(process)} ${terminalOf(process).padEnd(8)} ${cpuLong(process)} ${commandLine(process)}\n`,
        );
      }
      return 0;
    }
    await command.print('    PID TTY          TIME CMD\n');
    for (const process of processes) {
      await command.print(
        `${String(process.pid).padStart(7)} ${terminalOf(process).padEnd(8)} ${cpuLong(process)} ${commandName(process)}\n`,
      );
    }
    return 0;
  },
);

async function printColumns(
  command: Command,
  processes: readonly Process[],
  specification: string,
  users: ReadonlyMap<number, string>,
): Promise<number> {
  const names = specification.split(/[, ]+/).map((name) => name.replace(/=.*$/, ''));
  const wanted = command.options.value('p')?.split(',').map(Number);
  const value = (process: Process, name: string): string => {
    const memory = Math.ceil(process.machine.memory.heldBy(process) / 1024);
    const values: Record<string, string> = {
      pid: String(process.pid),
      ppid: String(process.parentPid),
      user: users.get(process.identity.uid) ?? String(process.identity.uid),
      uid: String(process.identity.uid),
      comm: commandName(process),
      args: commandLine(process),
      cmd: commandLine(process),
      command: commandLine(process),
      time: cpuLong(process),
      rss: String(memory),
      vsz: String(memory * 3),
      stat: 'S',
      tty: terminalOf(process),
      pgid: String(process.processGroup),
      '%cpu': percentCpu(process),
      pcpu: percentCpu(process),
      '%mem': ((memory / NODE_MEMORY_KB) * 100).toFixed(1),
      etime: cpuLong(process),
    };
    return values[name] ?? '-';
  };
  const rows = processes
    .filter((process) => wanted === undefined || wanted.includes(process.pid))
    .map((process) => names.map((name) => value(process, name)));
  const headed = specification.includes('=') ? rows : [names.map((name) => name.toUpperCase()), ...rows];
  const widths = names.map((_name, index) => Math.max(...headed.map((row) => row[index]?.length ?? 0)));
  await command.print(
    headed
      .map(
        (row) =>
          `${row
            .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
            .join(' ')
            .trimEnd()}\n`,
      )
      .join(''),
  );
  return 0;
}

function terminalOf(process: Process): string {
  return process.descriptors.get(0)?.terminal ? 'pts/0' : '?';
}

function cpuClock(process: Process): string {
  const seconds = Math.floor(process.cpuMs / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')}`.slice(-5).padStart(5);
}

function cpuShort(process: Process): string {
  const seconds = Math.floor(process.cpuMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function cpuLong(process: Process): string {
  const seconds = Math.floor(process.cpuMs / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

function percentCpu(process: Process): string {
  const alive = Math.max(1, process.machine.clock.now() - process.startedAt);
  return Math.min(200, (process.cpuMs / alive) * 100).toFixed(1);
}

function startClock(process: Process): string {
  return dateAt(process.startedAt).toISOString().slice(11, 16);
}

export const top = commandProgram({ flags: 'bicHmSs', values: 'ndpou' }, async (command) => {
  const rounds = command.options.has('n')
    ? Number(command.options.value('n'))
    : command.process.descriptors.get(1)?.terminal
      ? Infinity
      : 1;
  const users = await userNames(command);
  const { machine } = command.process;
  for (let round = 0; round < rounds; round += 1) {
    const used = Math.ceil(machine.memory.usedBytes / 1024);
    const clear = command.process.descriptors.get(1)?.terminal ? '\u001b[H\u001b[J' : '';
    const rows = [...machine.processes].map(
      (process) =>
        `${String(process.pid).padStart(7)} ${(users.get(process.identity.uid) ?? String(process.identity.uid)).padEnd(8)} 20   0 ${String(Math.ceil(machine.memory.heldBy(process) / 1024) * 3).padStart(7)} ${String(Math.ceil(machine.memory.heldBy(process) / 1024)).padStart(6)} S ${percentCpu(process).padStart(5)} ${((machine.memory.heldBy(process) / 1024 / NODE_MEMORY_KB) * 100).toFixed(1).padStart(5)} ${cpuShort(process).padStart(9)} ${commandName(process)}`,
    );
    await command.print(
      `${clear}Mem: ${used}K used, ${NODE_MEMORY_KB - used}K free, 0K shrd, 0K buff, 0K cached\nCPU:  ${Math.min(100, Math.round(machine.cpu.millicores() / 20))}% usr   0% sys   0% nic ${100 - Math.min(100, Math.round(machine.cpu.millicores() / 20))}% idle   0% io   0% irq   0% sirq\n    PID USER     PR  NI    VSZ    RSS S  %CPU  %MEM     TIME+ COMMAND\n${rows.join('\n')}\n`,
    );
    if (round + 1 < rounds) {
      await command.process.sleep(Number(command.options.value('d') ?? 3) * 1000);
    }
  }
  return 0;
});

/** `kill` as a program: `-9`, `-TERM`, `-s NAME`, `-l`. */
export const kill: ReturnType<typeof commandProgram> = async (process) => {
  const args = process.argv.slice(1);
  if (args[0] === '-l') {
    await process.print(`${args[1] === undefined ? signalNames().join('\n') : (signalName(Number(args[1])) ?? args[1])}\n`);
    return 0;
  }
  let signal: number | undefined = SIGTERM;
  if (args[0] === '-s') {
    signal = signalNumber(args[1] ?? '');
    args.splice(0, 2);
  } else if (args[0] !== undefined && /^-\w+$/.test(args[0])) {
    signal = signalNumber((args.shift() ?? '').slice(1));
  }
  if (signal === undefined || args.length === 0) {
    await process.complain(signal === undefined ? 'kill: bad signal name\n' : 'kill: you need to specify whom to kill\n');
    return 1;
  }
  let status = 0;
  for (const word of args) {
    const target = process.machine.processes.get(Number(word));
    if (!target) {
      await process.complain(
        process.toolkit === 'busybox' ? `kill: can't kill pid ${word}: No such process\n` : `kill: (${word}): No such process\n`,
      );
      status = 1;
      continue;
    }
    target.deliver(signal);
  }
  return status;
};

/** pgrep, pkill, killall and pidof: processes by name. */
export const byName: ReturnType<typeof commandProgram> = async (process) => {
  const name = (process.argv[0] ?? '').replace(/^.*\//, '');
  const args = process.argv.slice(1);
  const signalWord = args.find((arg) => /^-(\d+|SIG\w+|[A-Z]{3,})$/.test(arg));
  const signal = signalWord === undefined ? SIGTERM : (signalNumber(signalWord.slice(1)) ?? SIGTERM);
  const full = args.some((arg) => /^-\w*f/.test(arg));
  const exact = name === 'killall' || name === 'pidof' || args.some((arg) => /^-\w*x/.test(arg));
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  await loadTextPatterns();
  const found = [...process.machine.processes].filter(
    (candidate) => candidate !== process && patterns.some((pattern) => matches(candidate, pattern, full, exact)),
  );
  if (found.length === 0) {
    if (name === 'killall') {
      await process.complain(`killall: ${patterns[0] ?? ''}: no process killed\n`);
    }
    return 1;
  }
  if (name === 'pgrep') {
    await process.print(
      found
        .map(
          (candidate) =>
            `${candidate.pid}${args.some((arg) => /^-\w*[la]/.test(arg)) ? ` ${full ? candidate.argv.join(' ') : commandName(candidate)}` : ''}\n`,
        )
        .join(''),
    );
  } else if (name === 'pidof') {
    await process.print(
      `${found
        .map((candidate) => candidate.pid)
        .reverse()
        .join(' ')}\n`,
    );
  } else {
    found.forEach((candidate) => candidate.deliver(signal));
  }
  return 0;
};

function matches(process: Process, pattern: string, full: boolean, exact: boolean): boolean {
  const text = full ? process.argv.join(' ') : commandName(process);
  if (exact) {
    return text === pattern || (process.argv[0] ?? '').replace(/^.*\//, '') === pattern;
  }
  try {
    return compileTextPattern(pattern, false).exec(text) !== undefined;
  } catch {
    return text.includes(pattern);
  }
}

export const uptime = commandProgram({ flags: 'ps' }, async (command) => {
  const { clock, cpu } = command.process.machine;
  const first = command.process.machine.processes.get(1);
  const minutes = Math.floor((clock.now() - (first?.startedAt ?? clock.now())) / 60_000);
  const load = (cpu.millicores() / 1000).toFixed(2);
  await command.print(
    ` ${dateAt(clock.now()).toISOString().slice(11, 19)} up ${minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`},  0 users,  load average: ${load}, ${load}, ${load}\n`,
  );
  return 0;
});

export const free = commandProgram({ flags: 'bkmghtwl', long: { human: 'h', mega: 'm', giga: 'g' } }, async (command) => {
  const { options } = command;
  const used = Math.ceil(command.process.machine.memory.usedBytes / 1024);
  const unit = options.has('b') ? 1 / 1024 : options.has('m') ? 1024 : options.has('g') ? 1024 ** 2 : 1;
  const cell = (kilobytes: number): string =>
    (options.has('h') ? `${(kilobytes / 1024).toFixed(1)}M` : String(Math.round(kilobytes / unit))).padStart(12);
  await command.print(
    `${' '.repeat(14)}total        used        free      shared  buff/cache   available\nMem:   ${cell(NODE_MEMORY_KB)}${cell(used)}${cell(NODE_MEMORY_KB - used)}${cell(0)}${cell(0)}${cell(NODE_MEMORY_KB - used)}\nSwap:  ${cell(0)}${cell(0)}${cell(0)}\n`,
  );
  return 0;
});
