// Runs another program in this one's place: same streams, same signals, same exit status.
import { spawn } from 'node:child_process';

/**
 * glibc gives every thread a heap of its own that it hardly ever returns. With one thread per open lab that is a third of a lab's memory: two heaps for
 * all threads serve as well. Other C libraries ignore it.
 */
const MALLOC_ARENA_MAX = '2';

export function handOver(program, args, env = process.env) {
  const child = spawn(program, args, { stdio: 'inherit', env: { MALLOC_ARENA_MAX, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // From a terminal the child gets Ctrl+C itself; from elsewhere it is passed on.
    process.on(signal, () => (signal !== 'SIGINT' || !process.stdin.isTTY ? child.kill(signal) : undefined));
  }
  child.on('error', (error) => {
    process.stderr.write(`${program} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    process.exit(code ?? 1);
  });
}
