// Signals by name and number, as Linux on x86 and arm numbers them, and what happens when nothing handles one.

const NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
};

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGKILL = 9;
export const SIGSEGV = 11;
export const SIGPIPE = 13;
export const SIGTERM = 15;

const IGNORED_BY_DEFAULT: ReadonlySet<number> = new Set([17, 18, 23, 28]);
/** Job control is not simulated: what would stop a process does nothing. */
const WITHOUT_EFFECT: ReadonlySet<number> = new Set([19, 20, 21, 22]);

/** What a shell prints of a child that died of a signal, by number; others give no message. */
const OBITUARIES: Readonly<Record<number, string>> = {
  6: 'Aborted',
  9: 'Killed',
  11: 'Segmentation fault',
  14: 'Alarm clock',
  15: 'Terminated',
};

/** `TERM`, `SIGTERM`, `15` and (image configuration) `RTMIN+3`; undefined for what is no signal. */
export function signalNumber(name: string): number | undefined {
  const text = name.toUpperCase().replace(/^SIG/, '');
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number <= 64 ? number : undefined;
  }
  const realTime = /^RTMIN(?:\+(\d+))?$/.exec(text);
  if (realTime) {
    return 34 + Number(realTime[1] ?? 0);
  }
  return text === 'EXIT' ? 0 : NUMBERS[text];
}

/** `TERM` for 15. */
export function signalName(number: number): string | undefined {
  return Object.entries(NUMBERS).find(([, value]) => value === number)?.[0];
}

export function signalNames(): readonly string[] {
  return Object.keys(NUMBERS);
}

/** Whether the default action of a signal ends the process. */
export function endsProcess(number: number): boolean {
  return number !== 0 && !IGNORED_BY_DEFAULT.has(number) && !WITHOUT_EFFECT.has(number);
}

export function obituary(number: number): string | undefined {
  return OBITUARIES[number];
}
