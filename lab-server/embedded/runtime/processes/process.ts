// One simulated process: arguments, environment, descriptors, signals and an end.
import { BrokenPipe, type ByteSink, type ByteSource } from './byte-stream.ts';
import type { Machine } from './machine.ts';
import type { OpenFile } from './open-file.ts';
import { Exit, Killed, type Program } from './program.ts';
import { endsProcess, SIGKILL, SIGPIPE, SIGSEGV } from './signals.ts';

/** Who a process runs as. */
export interface Identity {
  uid: number;
  gid: number;
}

export interface ProcessExit {
  /** 128 + the signal's number when a signal ended it. */
  exitCode: number;
  signal?: number;
}

export interface ProcessInit {
  machine: Machine;
  parentPid: number;
  argv: readonly string[];
  env: ReadonlyMap<string, string>;
  cwd: string;
  identity: Identity;
  /** Descriptors by number; the process takes its own hold on each. */
  descriptors: ReadonlyMap<number, OpenFile>;
  /** Path of the executable, for `/proc/PID/exe` and `ps`. */
  executable: string;
  /** A group of its own when absent. */
  processGroup?: number;
}

/** CPU time that a process may be ahead of the clock before it waits: one CFS period. */
const BURST_MS = 100;
/** After so much work without a pause a process is taken for an endless loop, whose every step then costs more. */
const SPINNING_AFTER_MS = 2_000;
const SPINNING_FACTOR = 20;

export class Process {
  readonly pid: number;
  readonly parentPid: number;
  readonly machine: Machine;
  argv: readonly string[];
  env: Map<string, string>;
  cwd: string;
  identity: Identity;
  executable: string;
  readonly startedAt: number;
  /** Processes that a terminal signals together. */
  processGroup: number;
  /** Aborts, with Killed as the reason, when the process is over; everything it waits for must give up then. */
  readonly signal: AbortSignal;
  readonly exited: Promise<ProcessExit>;
  /** Whose commands these are: messages and formats of busybox differ from GNU's. */
  toolkit: 'gnu' | 'busybox' = 'gnu';
  /** Processor time used so far, in milliseconds. */
  cpuMs = 0;
  readonly #abort = new AbortController();
  readonly #handlers = new Map<number, () => void>();
  readonly #ignored = new Set<number>();
  #descriptors: Map<number, OpenFile>;
  #settle: (exit: ProcessExit) => void = () => undefined;
  #over = false;
  #cpuSettledAt: number;
  #cpuDebtMs = 0;
  /** Processor time since the process last waited for something else. */
  #spunMs = 0;

  constructor(init: ProcessInit) {
    this.machine = init.machine;
    this.pid = init.machine.processes.nextId();
    this.parentPid = init.parentPid;
    this.argv = init.argv;
    this.env = new Map(init.env);
    this.cwd = init.cwd;
    this.identity = init.identity;
    this.executable = init.executable;
    this.startedAt = init.machine.clock.now();
    this.#cpuSettledAt = this.startedAt;
    this.processGroup = init.processGroup ?? this.pid;
    this.#descriptors = new Map([...init.descriptors].map(([number, file]) => [number, file.retain()]));
    this.signal = this.#abort.signal;
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
    init.machine.processes.add(this);
  }

  get name(): string {
    return this.argv[0] ?? '';
  }

  get descriptors(): Map<number, OpenFile> {
    return this.#descriptors;
  }

  get stdin(): ByteSource | undefined {
    return this.descriptors.get(0)?.source;
  }

  get stdout(): ByteSink | undefined {
    return this.descriptors.get(1)?.sink;
  }

  get stderr(): ByteSink | undefined {
    return this.descriptors.get(2)?.sink;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Uses other descriptors, whose holds pass to this process, until the result is called. */
  swapDescriptors(descriptors: Map<number, OpenFile>): () => void {
    const before = this.#descriptors;
    this.#descriptors = descriptors;
    return () => {
      releaseAll(descriptors);
      if (this.#over) {
        releaseAll(before);
      } else {
        this.#descriptors = before;
      }
    };
  }

  /** Uses other descriptors from now on; their holds pass to this process. */
  replaceDescriptors(descriptors: ReadonlyMap<number, OpenFile>): void {
    const before = new Map(this.#descriptors);
    this.#descriptors.clear();
    for (const [number, file] of descriptors) {
      this.#descriptors.set(number, file);
    }
    releaseAll(before);
  }

  /** What execve(2) changes of a process: handlers go, ignored signals stay. */
  become(argv: readonly string[], executable: string, env: ReadonlyMap<string, string>): void {
    this.argv = argv;
    this.executable = executable;
    this.env = new Map(env);
    this.#handlers.clear();
  }

  /** Runs the program to its end. Called once. */
  run(program: Program): void {
    void this.#run(program);
  }

  async #run(program: Program): Promise<void> {
    try {
      const exitCode = await program(this);
      this.#finish({ exitCode: exitCode & 0xff });
    } catch (error) {
      if (!this.#over) {
        this.#finish(exitOf(error) ?? this.#crash(error));
      }
    }
  }

  /** Writes to stdout. Text is UTF-8. */
  async print(data: string | Uint8Array): Promise<void> {
    await this.#write(this.stdout, data);
  }

  /** Writes to stderr. */
  async complain(data: string | Uint8Array): Promise<void> {
    await this.#write(this.stderr, data);
  }

  async #write(sink: ByteSink | undefined, data: string | Uint8Array): Promise<void> {
    this.signal.throwIfAborted();
    await sink?.write(typeof data === 'string' ? Buffer.from(data) : data);
  }

  /** Sleeps on the container's clock until the process is over. */
  sleep(milliseconds: number): Promise<void> {
    return this.machine.clock.sleep(milliseconds, this.signal);
  }

  /** Handles a signal instead of its default action. Undefined restores the default, `'ignore'` ignores it. */
  onSignal(number: number, handler: (() => void) | 'ignore' | undefined): void {
    this.#handlers.delete(number);
    this.#ignored.delete(number);
    if (handler === 'ignore') {
      this.#ignored.add(number);
    } else if (handler) {
      this.#handlers.set(number, handler);
    }
  }

  /** Whether a signal is ignored: children inherit that. */
  ignores(number: number): boolean {
    return this.#ignored.has(number);
  }

  /** Sends a signal. The kernel spares process 1 of its own namespace what it does not handle, but never from outside. */
  deliver(number: number): void {
    if (this.#over || number === 0) {
      return;
    }
    if (number === SIGKILL) {
      this.#finish({ exitCode: 128 + SIGKILL, signal: SIGKILL });
      return;
    }
    const handler = this.#handlers.get(number);
    if (handler) {
      handler();
      return;
    }
    if (this.#ignored.has(number) || !endsProcess(number) || this.pid === 1) {
      return;
    }
    this.#finish({ exitCode: 128 + number, signal: number });
  }

  /**
   * Accounts for processor time of this process, in milliseconds, and waits once it is ahead of the clock by more than a
   * scheduling period: a loop that never waits is thus slowed to what a core could do, and never holds the event loop.
   */
  async spend(workMs: number): Promise<void> {
    const milliseconds = this.#spunMs > SPINNING_AFTER_MS ? workMs * SPINNING_FACTOR : workMs;
    this.cpuMs += milliseconds;
    this.#cpuDebtMs += milliseconds;
    this.machine.cpu.charge(milliseconds);
    if (this.#cpuDebtMs <= BURST_MS) {
      return;
    }
    const now = this.machine.clock.now();
    const ahead = this.#cpuDebtMs - (now - this.#cpuSettledAt);
    this.#spunMs = ahead > 0 ? this.#spunMs + this.#cpuDebtMs : 0;
    this.#cpuSettledAt = now;
    this.#cpuDebtMs = 0;
    if (ahead > 0) {
      await this.machine.clock.sleep(this.machine.cpu.stretched(ahead), this.signal);
      this.#cpuSettledAt = this.machine.clock.now();
    } else {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.signal.throwIfAborted();
  }

  /** Sets the memory the process has, in bytes. Passing the container's limit ends the container. */
  holdMemory(bytes: number): void {
    if (!this.#over) {
      this.machine.memory.hold(this, bytes);
    }
  }

  /** A bug of ours looks to the learner like a program that crashed; the one who runs the simulation hears of it. */
  #crash(error: unknown): ProcessExit {
    this.machine.reportCrash(error, this.argv);
    return { exitCode: 128 + SIGSEGV, signal: SIGSEGV };
  }

  #finish(exit: ProcessExit): void {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.#abort.abort(new Killed(exit.signal ?? 0));
    this.machine.processes.remove(this);
    this.machine.memory.release(this);
    releaseAll(this.#descriptors);
    this.#settle(exit);
  }
}

/** How a process ends that threw; undefined when it is no regular end. */
function exitOf(error: unknown): ProcessExit | undefined {
  if (error instanceof Exit) {
    return { exitCode: error.code & 0xff };
  }
  if (error instanceof Killed) {
    return { exitCode: 128 + error.signal, signal: error.signal };
  }
  if (error instanceof BrokenPipe) {
    return { exitCode: 128 + SIGPIPE, signal: SIGPIPE };
  }
  return undefined;
}

function releaseAll(descriptors: Map<number, OpenFile>): void {
  for (const file of descriptors.values()) {
    file.release();
  }
  descriptors.clear();
}
