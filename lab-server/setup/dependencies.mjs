// npm packages, and the compiler that the one native addon (node-pty) is built with.
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { digest, find, nodeProgram, root } from './paths.mjs';
import { lastLines, run, SetupError } from './terminal.mjs';

const stamp = join(root, 'node_modules', '.dockside-installed');

function upToDate(wanted) {
  return existsSync(nodeProgram) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/**
 * node-gyp downloads Node.js' headers unless it is told where they are. Where this machine's Node.js came with its own, those serve: the addon
 * uses Node-API, which is the same for every version.
 */
function buildEnvironment() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  return hasHeaders && !process.env.npm_config_nodedir ? { ...process.env, npm_config_nodedir: prefix } : process.env;
}

/** Installs what package-lock.json names, unless that is what is installed. */
export async function installDependencies(show) {
  const wanted = digest(['package-lock.json', 'package.json']);
  if (upToDate(wanted)) {
    return undefined;
  }
  const missing = [];
  if (process.platform === 'linux') {
    for (const [program, debianPackage] of [
      ['make', 'make'],
      ['g++', 'g++'],
      ['python3', 'python3'],
    ]) {
      if (!find(program)) {
        missing.push(debianPackage);
      }
    }
    if (missing.length > 0) {
      show(`installing ${missing.join(', ')} with apt`);
      const installed = await aptInstall(missing);
      if (!installed.ok) {
        throw new SetupError(
          `Building the terminal (node-pty) needs ${missing.join(', ')}, and ${installed.reason}. Install them (Debian, Ubuntu: sudo apt-get install ${missing.join(' ')}), then run the command again.`,
        );
      }
    }
  }
  show('npm ci (a few minutes the first time)');
  const result = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, env: buildEnvironment() });
  if (result.code !== 0) {
    throw new SetupError(
      `npm ci failed, so the packages that Dockside stands on are not installed. It said:\n${lastLines(result.output)}\nCheck that the npm registry can be reached, then run the command again.`,
    );
  }
  if (!existsSync(nodeProgram)) {
    throw new SetupError(
      `There is no Node.js 24 package for ${process.platform} on ${process.arch}. Dockside runs on Linux and macOS (x64, arm64) and on Windows (x64).`,
    );
  }
  writeFileSync(stamp, wanted);
  return 'installed';
}
