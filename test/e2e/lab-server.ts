// The real server for browser tests: the same command that people run, on a free port, with a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 30_000;

export class LabServer implements AsyncDisposable {
  readonly #data = mkdtempSync(join(tmpdir(), 'dockside-e2e-'));
  #process: ChildProcess | undefined;
  /** `http://127.0.0.1:45123`, the same after a restart. */
  url = '';

  static async start(): Promise<LabServer> {
    const server = new LabServer();
    await server.#start('0');
    return server;
  }

  /** Stops the server as an operator would, and starts it again at the same address. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async start(): Promise<void> {
    await this.#start(new URL(this.url).port);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child && child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
  }

  /** The process that keeps this server's terminals, by its command line. */
  get ptyHost(): number {
    for (const name of readdirSync('/proc')) {
      try {
        const command = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8') : '';
        if (command.includes(join('terminals', 'host', 'main.ts')) && command.includes(this.#data)) {
          return Number(name);
        }
      } catch {
        // It ended while we looked.
      }
    }
    throw new Error('This server has no process that keeps terminals.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #start(port: string): Promise<void> {
    const child = spawn(join(root, 'node_modules', '.bin', 'node'), [join(root, 'lab-server', 'cli', 'main.ts'), 'serve'], {
      cwd: root,
      env: {
        ...process.env,
        PATH: [join(root, 'node_modules', '.bin'), join(root, '.cache', 'tools'), process.env.PATH].join(delimiter),
        DOCKSIDE_PORT: port,
        DOCKSIDE_DATA: this.#data,
        DOCKSIDE_MAX_LABS_PER_LEARNER: '2',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const said: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const late = setTimeout(() => reject(new Error(`The server did not start in ${START_MS / 1000} s:\n${said.join('\n')}`)), START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const url = /^Dockside is ready: (\S+)$/.exec(line)?.[1];
        if (url) {
          resolve(url);
        }
      });
    }
    child.once('exit', (code) => reject(new Error(`The server ended with status ${code}:\n${said.join('\n')}`)));
    try {
      this.url = await promise;
    } finally {
      clearTimeout(late);
    }
  }
}
