// An image for workspaces, made of this machine's own programs: where no registry answers, deploy/workspace/Dockerfile cannot be built.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const IMAGE = 'dockside-workspace-test';
const PROGRAMS = [
  'bash',
  'sh',
  'curl',
  'jq',
  'less',
  'vi',
  'kubectl',
  'tar',
  'gzip',
  'ip',
  'getent',
  'pkill',
  'id',
  'stty',
  'clear',
  'kill',
  'grep',
  'sed',
  'find',
  'ps',
  'setsid',
  'which',
  'ipcmk',
  'mount',
  'hostname',
];
const FOLDERS = [
  '/usr/share/bash-completion',
  '/usr/lib/x86_64-linux-gnu/libnss_files.so.2',
  '/usr/lib/x86_64-linux-gnu/libnss_dns.so.2',
  '/lib/terminfo',
  '/usr/share/vim',
  '/etc/vim',
  '/etc/ssl/certs',
  '/etc/alternatives',
  '/usr/share/terminfo',
];

/** Why there can be no container here; undefined where there can. */
export function whyNoDocker(): string | undefined {
  if (process.platform !== 'linux') {
    return 'the image is made of this machine’s programs, which needs Linux';
  }
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no Docker daemon answers here';
  }
}

/** Makes the image where there is none yet; its name. */
export async function workspaceImage(): Promise<string> {
  try {
    execFileSync('docker', ['image', 'inspect', IMAGE], { stdio: 'ignore' });
    return IMAGE;
  } catch {
    // Not there yet.
  }
  const files = new Set<string>();
  for (const name of PROGRAMS) {
    const file = execFileSync('sh', ['-c', `command -v ${name} || true`], { encoding: 'utf8' }).trim();
    if (file.startsWith('/')) {
      withLibraries(file, files);
    }
  }
  for (const file of execFileSync('sh', ['-c', 'dpkg -L coreutils | grep -E "^/(usr/)?bin/"'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)) {
    withLibraries(file, files);
  }
  FOLDERS.filter((folder) => existsSync(folder)).forEach((folder) => files.add(inUsr(folder)));
  const folder = mkdtempSync(join(tmpdir(), 'dockside-image-'));
  // It becomes the image's root folder, which the learner must be able to enter.
  chmodSync(folder, 0o755);
  try {
    execFileSync('install', ['-D', realpathSync(process.execPath), join(folder, 'usr/local/bin/node')]);
    const node = new Set<string>();
    withLibraries(process.execPath, node);
    [process.execPath, realpathSync(process.execPath)].forEach((file) => node.delete(inUsr(file)));
    writeFileSync(join(folder, 'list'), [...new Set([...files, ...node])].map((file) => file.slice(1)).join('\n'));
    for (const link of ['bin', 'sbin', 'lib', 'lib64'].filter((name) => existsSync(`/usr/${name}`))) {
      execFileSync('ln', ['-s', `usr/${link}`, join(folder, link)]);
    }
    execFileSync('mkdir', [
      '-p',
      ...['proc', 'sys', 'dev', 'tmp', 'etc', 'home/learner', 'opt/dockside/bin', 'run', 'var'].map((name) => join(folder, name)),
    ]);
    // Engines before 23 give folders that an archive does not name a mode with which nobody but root enters them.
    execFileSync('mkdir', ['-p', ...new Set([...files, ...node].map((file) => join(folder, dirname(file))))]);
    const pack = spawn('tar', ['-c', '-C', '/', '--files-from', join(folder, 'list'), '-C', folder, '--exclude=list', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const take = spawn('docker', ['import', '-', IMAGE], { stdio: ['pipe', 'ignore', 'inherit'] });
    const taken = once(take, 'exit');
    await pipeline(pack.stdout, take.stdin);
    await taken;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return IMAGE;
}

/** A program, what it is a link to, and the libraries it loads. */
function withLibraries(file: string, files: Set<string>): void {
  for (const one of new Set([file, realpathSync(file)])) {
    files.add(inUsr(one));
  }
  const libraries = execFileSync('sh', ['-c', `ldd ${realpathSync(file)} 2>/dev/null || true`], { encoding: 'utf8' });
  for (const [, library = ''] of libraries.matchAll(/(\/[^\s:]+) \(0x/g)) {
    files.add(inUsr(library));
    files.add(realpathSync(library));
  }
}

/** Where the file lies once links of folders (a merged /usr) are followed; its own link stays. */
function inUsr(file: string): string {
  return join(realpathSync(dirname(file)), basename(file));
}
