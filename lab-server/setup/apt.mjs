// Debian's and Ubuntu's package manager, where it may be used: as root, or with a sudo that asks for nothing.
import { find } from './paths.mjs';
import { lastLines, run } from './terminal.mjs';

let updated = false;

/** How to call apt-get here, or why it cannot be called. */
export async function aptGet() {
  if (!find('apt-get')) {
    return { reason: 'this machine has no apt-get' };
  }
  if (process.getuid?.() === 0) {
    return { command: 'apt-get', prefix: [] };
  }
  if (find('sudo') && (await run('sudo', ['-n', 'true'])).code === 0) {
    return { command: 'sudo', prefix: ['-n', 'apt-get'] };
  }
  return { reason: 'apt-get needs root here' };
}

/** Installs Debian packages. Resolves to `{ ok: true }` or `{ ok: false, reason }`; never throws. */
export async function aptInstall(packages) {
  const apt = await aptGet();
  if (!apt.command) {
    return { ok: false, reason: apt.reason };
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const get = (...args) => run(apt.command, [...apt.prefix, ...args], { env, timeoutMs: 600_000 });
  if (!updated) {
    await get('-q', 'update');
    updated = true;
  }
  const result = await get('-q', '-y', '--no-install-recommends', 'install', ...packages);
  return result.code === 0 ? { ok: true } : { ok: false, reason: `apt-get install failed:\n${lastLines(result.output, 4)}` };
}
