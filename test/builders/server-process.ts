// The server as an operator runs it: the command in a process of its own, on a data folder that outlives it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PtyHost } from '../../lab-server/terminals/index.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const command = join(root, 'lab-server', 'cli', 'main.ts');

/** The environment of the commands in tests: the fetched tools are found, nothing else of ours is set. */
export function commandEnvironment(change: Record<string, string> = {}): Record<string, string> {
  const path = [join(root, '.cache', 'tools'), process.env.PATH ?? ''].join(delimiter);
  return { PATH: path, HOME: process.env.HOME ?? '/', ...change };
}

export class ServerProcess implements AsyncDisposable {
  readonly data = mkdtempSync(join(tmpdir(), 'dockside-server-'));
  url = '';
  #process: ChildProcess | undefined;

  static async start(): Promise<ServerProcess> {
    const server = new ServerProcess();
    await server.start();
    return server;
  }

  /** Starts, or starts again at the same address. */
  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port;
    const child = spawn(process.execPath, [command, 'serve'], {
      env: commandEnvironment({ DOCKSIDE_DATA: this.data, DOCKSIDE_PORT: port }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /^Dockside is ready: (\S+)$/.exec(line) ?? [];
      if (url !== undefined) {
        this.url = url;
        return;
      }
    }
    throw new Error('the server ended before it was ready');
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    await using host = new PtyHost({ dataFolder: this.data });
    await host.shutdown();
    rmSync(this.data, { recursive: true, force: true });
  }
}
