// `dockside sandbox …` in a process of its own, as its users run it, and what the system says that it uses.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

export class SandboxProcess implements AsyncDisposable {
  /** The line of JSON that says where it listens. */
  readonly ready: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: string) {
    this.#child = child;
    this.ready = ready;
  }

  /** `args`: what follows `dockside sandbox`. */
  static async start(...args: string[]): Promise<SandboxProcess> {
    const child = spawn(process.execPath, [program, 'sandbox', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return new SandboxProcess(child, line);
  }

  /** Bytes of memory that are its own at this moment; undefined where the system does not tell. */
  memory(): number | undefined {
    const pages = this.#told('statm')?.split(' ')[1];
    return pages === undefined ? undefined : Number(pages) * 4096;
  }

  /** What it uses of one core over a time, in percent; undefined where the system does not tell. */
  async coreShare(ms: number): Promise<number | undefined> {
    const before = this.#processorMs();
    await pause(ms);
    const after = this.#processorMs();
    return before === undefined || after === undefined ? undefined : ((after - before) / ms) * 100;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  /** proc_pid_stat(5): fields 14 and 15, in hundredths of a second. */
  #processorMs(): number | undefined {
    const stat = this.#told('stat');
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields && (Number(fields[11]) + Number(fields[12])) * 10;
  }

  #told(name: string): string | undefined {
    const file = `/proc/${this.#child.pid}/${name}`;
    return existsSync(file) ? readFileSync(file, 'latin1') : undefined;
  }
}
