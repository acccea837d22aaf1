// kubectl 1.31 or newer: the machine's own, else the Kubernetes project's release (checked against its published digest), else Debian's package
// (checked by apt against Debian's keys, unpacked beside the project and not installed).
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { find, toolsFolder } from './paths.mjs';
import { run } from './terminal.mjs';

const OLDEST_MINOR = 31;
const RELEASE = '1.36';
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The version of a kubectl, as `{ text, minor }`; undefined when it does not answer. */
export async function kubectlVersion(program) {
  const result = await run(program, ['version', '--client', '-o', 'json'], { timeoutMs: 20_000 });
  try {
    const version = JSON.parse(result.output).clientVersion;
    return { text: version.gitVersion, minor: Number.parseInt(version.minor, 10) };
  } catch {
    return undefined;
  }
}

async function usable(program) {
  const version = program && (await kubectlVersion(program));
  return version && version.minor >= OLDEST_MINOR ? version.text : undefined;
}

/** Makes sure that there is a kubectl. Resolves to what was done, or to a sentence that says what to install. */
export async function ensureKubectl(show) {
  if (await usable(find('kubectl'))) {
    return undefined;
  }
  mkdirSync(toolsFolder, { recursive: true });
  const target = join(toolsFolder, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl');
  for (const { source, fetchIt } of [
    { source: 'dl.k8s.io', fetchIt: fromRelease },
    { source: 'Debian', fetchIt: fromDebian },
  ]) {
    show(`fetching it from ${source}`);
    if (await fetchIt(target)) {
      const version = await usable(target);
      if (version) {
        return `${version} from ${source}`;
      }
      rmSync(target, { force: true });
    }
  }
  return `not found. Labs need kubectl 1.${OLDEST_MINOR} or newer: install it as https://kubernetes.io/docs/tasks/tools/ says, then run the command again. Going on without.`;
}

async function fromRelease(target) {
  const platform = { win32: 'windows' }[process.platform] ?? process.platform;
  const architecture = { x64: 'amd64' }[process.arch] ?? process.arch;
  try {
    const version = (await download(`https://dl.k8s.io/release/stable-${RELEASE}.txt`, 5_000)).toString().trim();
    if (!/^v\d+\.\d+\.\d+$/.test(version)) {
      return false;
    }
    const url = `https://dl.k8s.io/release/${version}/bin/${platform}/${architecture}/kubectl${platform === 'windows' ? '.exe' : ''}`;
    const [program, published] = await Promise.all([download(url, 300_000), download(`${url}.sha256`, 30_000)]);
    if (createHash('sha256').update(program).digest('hex') !== published.toString().trim()) {
      return false;
    }
    writeFileSync(`${target}.part`, program, { mode: 0o755 });
    renameSync(`${target}.part`, target);
    return true;
  } catch {
    // No way to that server: the next source is asked.
    return false;
  }
}

async function download(url, timeoutMs) {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}`);
  }
  return Buffer.from(await response.arrayBuffer());
}

async function fromDebian(target) {
  if (process.platform !== 'linux' || !find('apt-get') || !find('dpkg-deb') || !existsSync(DEBIAN_KEYRING)) {
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), 'dockside-kubectl-'));
  try {
    mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
    mkdirSync(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
    writeFileSync(
      join(folder, 'sources.list'),
      ['sid', 'trixie'].map((suite) => `deb [signed-by=${DEBIAN_KEYRING}] http://deb.debian.org/debian ${suite} main\n`).join(''),
    );
    const options = [
      ['Dir::Etc::sourcelist', join(folder, 'sources.list')],
      ['Dir::Etc::sourceparts', '/dev/null'],
      ['Dir::State::lists', join(folder, 'lists')],
      ['Dir::Cache', join(folder, 'cache')],
      ['APT::Sandbox::User', 'root'],
      ['Acquire::Languages', 'none'],
    ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    if ((await run('apt-get', [...options, '-q', 'update'], { cwd: folder, timeoutMs: 300_000 })).code !== 0) {
      return false;
    }
    for (const suite of ['sid', 'trixie']) {
      const fetched = await run('apt-get', [...options, '-q', 'download', `kubectl/${suite}`], { cwd: folder, timeoutMs: 300_000 });
      const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
      if (fetched.code !== 0 || !archive) {
        continue;
      }
      const unpacked = join(folder, suite);
      await run('dpkg-deb', ['-x', join(folder, archive), unpacked]);
      rmSync(join(folder, archive));
      const program = join(unpacked, 'usr', 'bin', 'kubectl');
      // A suite newer than this machine may want a newer libc: only a kubectl that runs here is taken.
      if (existsSync(program) && (await usable(program))) {
        copyFileSync(program, target);
        chmodSync(target, 0o755);
        return true;
      }
    }
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
