// What set-up prints: one line a step, with the time it took. Plain JavaScript without dependencies: it runs before there are any.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const interactive = process.stdout.isTTY === true && !process.env.CI;

/**
 * Runs one step and prints how it went. `work` gets a function that shows what the step is doing and returns the text for the
 * finished line (undefined: nothing to do, so nothing is printed).
 */
export async function step(name, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  let shown = '';
  const show = (text) => {
    if (interactive) {
      process.stdout.write(`\r\x1b[2K  ${name} … ${text}`);
    } else if (shown !== text) {
      process.stdout.write(`  ${name} … ${text}\n`);
    }
    shown = text;
  };
  // What a program prints meanwhile is shown to a person who waits, and left out of a log.
  show.line = (text) => interactive && show(text.slice(0, 100));
  const clear = () => interactive && shown !== '' && process.stdout.write('\r\x1b[2K');
  try {
    const done = await work(show);
    clear();
    if (done !== undefined) {
      process.stdout.write(`  ${name}: ${done} (${seconds()})\n`);
    }
  } catch (error) {
    clear();
    process.stdout.write(`  ${name}: failed (${seconds()})\n`);
    throw error;
  }
}

/** A failure of set-up that has been worded for the reader. */
export class SetupError extends Error {}

/**
 * Runs a program without a shell and resolves with its exit code and output. Never rejects: a program that cannot be started has exit code 127.
 * `onLine` sees each line as it comes.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      timeout: options.timeoutMs,
    });
    let output = '';
    let rest = '';
    const onData = (chunk) => {
      const text = String(chunk);
      output = (output + text).slice(-200_000);
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.trim() !== '') {
          options.onLine?.(line.trim());
        }
      }
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The last lines of a program's output, for a message about its failure. */
export function lastLines(output, count = 12) {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
