// A process that the pty host keeps for a workspace (the one that holds its namespaces). It ends with the host: its standard input is
// a pipe from here, and a crash of the host closes that pipe.
import { spawn, type ChildProcess } from 'node:child_process';
import type { PtyCommand } from './pty-process.ts';
import { withoutOtherFiles } from './closed-files.ts';

/** How long it gets to end by itself. */
const RELEASE_MS = 2_000;
/** What it says on its standard error is kept to this size, for the message when it ends. */
const MAX_MESSAGE_BYTES = 4096;
/** The last line on its standard output when it is ready. */
const READY_LINE = 'ready\n';

export class HeldProcess {
  readonly id: string;
  /** Resolves with what the process wrote before the line `ready`; rejects when it ends without that line. */
  readonly ready: Promise<string>;
  /** Resolves with the reason when the process has ended. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  #readyText = '';

  constructor(id: string, command: PtyCommand) {
    this.id = id;
    const { file, args } = withoutOtherFiles(command);
    this.#process = spawn(file, args, {
      env: command.env,
      cwd: command.cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#process.stdin?.on('error', () => undefined);
    let message = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      message = (message + text).slice(-MAX_MESSAGE_BYTES);
    });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('close', (exitCode, signal) => resolve(message.trim() || `it ended with ${signal ?? `exit code ${exitCode}`}`));
    });
    this.ready = new Promise((resolve, reject) => {
      this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#readyText += text;
        if (this.#readyText.endsWith(READY_LINE)) {
          this.#readyText = this.#readyText.slice(0, -READY_LINE.length);
          resolve(this.#readyText);
        }
      });
      void this.ended.then((reason) => reject(new Error(reason)));
    });
    this.ready.catch(() => undefined);
  }

  get readyText(): string {
    return this.#readyText;
  }

  /** Ends the process and resolves when it is gone. The end of its input lets it take everything down in good order. */
  async release(): Promise<void> {
    const force = setTimeout(() => this.#process.kill('SIGKILL'), RELEASE_MS);
    this.#process.stdin?.end();
    await this.ended;
    clearTimeout(force);
  }
}
