// What every isolated workspace does, whatever it is made of: the promises that bubblewrap and Docker both keep.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TerminalReader } from '../terminals/terminal-reader.ts';
import { FakeNetwork, page } from './fake-network.ts';
import type { Labs } from './lab.ts';

/** What a program sends when it gives the screen back (xterm's "normal screen buffer"). */
const LEFT_SCREEN = '\x1b[?1049l';

/** Declares the tests for workspaces that `open` makes. `programs` must be there. */
export function isolatedWorkspaces(open: () => Promise<Labs>, programs: readonly string[]): void {
  let labs: Labs;

  beforeEach(async () => {
    labs = await open();
  });

  afterEach(async () => {
    await labs[Symbol.asyncDispose]();
  });

  test('a terminal is a shell of the learner in their home, with the starter files', async () => {
    const workspace = await labs.workspace({ files: { 'nginx-deployment.yaml': 'kind: Deployment\n' } });
    using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    reader.type('id -un; pwd; cat nginx-deployment.yaml; echo $((40+2))\r');
    await reader.until('42');
    expect(reader.text).toContain('learner@dockside');
    expect(reader.text).toContain('/home/learner');
    expect(reader.text).toContain('kind: Deployment');
  });

  test('terminals of a lab see each other and the same files', async () => {
    const workspace = await labs.workspace();
    using first = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    using second = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    first.type('echo shared > note; sleep 1000; echo woken-$?\r');
    second.type('until pkill -x sleep; do sleep 0.1; done; cat note\r');
    await first.until('woken-143');
    expect(await second.until('shared\r\n')).toContain('shared\r\n');
  });

  test('an address that the sandbox publishes answers in the workspace, and no other does', async () => {
    const network = new FakeNetwork(['10.96.0.0/12', '192.168.49.0/24']);
    network.publish('10.96.14.7', 80, page('Welcome to nginx!'));
    const workspace = await labs.workspace({ access: { network } });
    const answer = await workspace.run(['curl', '-sS', '--max-time', '5', 'http://10.96.14.7'], { timeoutMs: 10_000 });
    expect(answer).toMatchObject({ exitCode: 0, stdout: 'Welcome to nginx!' });
    const refused = await workspace.run(['curl', '-sS', '--max-time', '5', 'http://10.96.14.8'], { timeoutMs: 10_000 });
    expect(refused.stderr).toMatch(/refused|Couldn't connect|Failed to connect/);
  });

  test('an address that is published later answers, and refuses again when it is no longer published', async () => {
    const network = new FakeNetwork(['10.96.0.0/12']);
    const workspace = await labs.workspace({ access: { network } });
    network.publish('10.96.0.10', 8080, page('later'));
    const wait = 'until curl -sS --max-time 5 http://10.96.0.10:8080; do sleep 0.05; done';
    expect(await workspace.run(['bash', '-c', wait], { timeoutMs: 20_000 })).toMatchObject({ stdout: 'later', timedOut: false });
    network.unpublish('10.96.0.10', 8080);
    const gone = 'while curl -sS --max-time 5 http://10.96.0.10:8080 > /dev/null; do sleep 0.05; done; echo gone';
    expect(await workspace.run(['bash', '-c', gone], { timeoutMs: 20_000 })).toMatchObject({ stdout: 'gone\n' });
  });

  test('large and half-closed streams pass the relay whole', async () => {
    const network = new FakeNetwork(['10.96.0.0/12']);
    // Answers with the count of bytes when the client has sent everything.
    network.publish('10.96.0.1', 7, (stream) => {
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      stream.once('end', () => stream.end(`got ${size}\n`));
    });
    const workspace = await labs.workspace({ access: { network } });
    const inPython = 'python3 -c "import socket; socket.socket(fileno=3).shutdown(1)"';
    const inNode = `node -e "new (require('net').Socket)({ fd: 3, allowHalfOpen: true }).end(() => process.exit())"`;
    const script = `exec 3<>/dev/tcp/10.96.0.1/7; head -c 20000000 /dev/zero >&3; ${inPython} 2>/dev/null || ${inNode}; cat <&3`;
    expect(await workspace.run(['bash', '-c', script], { timeoutMs: 20_000 })).toMatchObject({ stdout: 'got 20000000\n' });
  });

  test('a restart of the server ends no shell, and the sandbox is reachable again', async () => {
    const network = new FakeNetwork(['10.96.0.0/12']);
    network.publish('10.96.0.1', 80, page('still here'));
    const before = await labs.workspace({ access: { network } });
    const { id } = await before.openTerminal({ cols: 80, rows: 24 });
    await labs.restart();
    const after = await labs.workspace({ access: { network } });
    const terminal = await after.findTerminal(id);
    if (!terminal) {
      throw new Error('the terminal is gone');
    }
    using reader = new TerminalReader(terminal);
    reader.type('curl -s http://10.96.0.1\r');
    expect(await reader.until('still here')).toContain('still here');
  });

  test('a suspended workspace has no process and comes back with its files', async () => {
    const workspace = await labs.workspace();
    await workspace.run(['sh', '-c', 'echo kept > file'], { timeoutMs: 5000 });
    const terminal = await workspace.openTerminal({ cols: 80, rows: 24 });
    await workspace.suspend();
    await terminal.exited;
    expect(await workspace.terminals()).toEqual([]);
    expect(await workspace.run(['cat', 'file'], { timeoutMs: 5000 })).toMatchObject({ stdout: 'kept\n' });
  });

  test('a learner who kills everything gets a new workspace with the same files', async () => {
    const workspace = await labs.workspace();
    await workspace.run(['sh', '-c', 'echo kept > file'], { timeoutMs: 5000 });
    const terminal = await workspace.openTerminal({ cols: 80, rows: 24 });
    terminal.write(Buffer.from('kill -9 -1; exit\r'));
    await terminal.exited;
    using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    reader.type('cat file; echo done-$?\r');
    expect(await reader.until('done-0')).toContain('done-0');
  });

  test('the editor and the shell see the same files, whoever writes them', async () => {
    const workspace = await labs.workspace();
    await workspace.files.write('app/from-editor.txt', Buffer.from('editor\n'));
    const result = await workspace.run(['sh', '-c', 'cat app/from-editor.txt && echo shell >> app/from-editor.txt'], { timeoutMs: 5000 });
    expect(result).toMatchObject({ exitCode: 0, stdout: 'editor\n' });
    expect(Buffer.from((await workspace.files.read('app/from-editor.txt')).content).toString()).toBe('editor\nshell\n');
  });

  test('a command that runs too long is ended and says so', async () => {
    const workspace = await labs.workspace();
    const result = await workspace.run(['sh', '-c', 'echo started; sleep 100'], { timeoutMs: 2_000 });
    expect(result).toMatchObject({ stdout: 'started\n', timedOut: true });
  });

  test('the programs of a lab can be run, and names of the sandbox resolve', async () => {
    const workspace = await labs.workspace({
      access: { hosts: { 'control-plane.minikube.internal': '192.168.49.2' }, env: { GREETING: 'hello' } },
    });
    const script = `for p in ${programs.join(' ')}; do command -v $p || echo "no $p"; done; getent hosts control-plane.minikube.internal; echo $GREETING`;
    const { stdout } = await workspace.run(['bash', '-c', script], { timeoutMs: 10_000 });
    expect(stdout).not.toContain('no ');
    expect(stdout).toContain('192.168.49.2');
    expect(stdout).toContain('hello');
  });

  test('names of the sandbox resolve, everything below a wildcard too, and other names do not exist', async () => {
    const network = new FakeNetwork(['10.96.0.0/12']);
    network.publish('10.96.0.9', 80, page('AWS answers'));
    network.names.set('web.local', '10.96.0.9');
    const workspace = await labs.workspace({ access: { network, hosts: { '*.amazonaws.com': '10.96.0.9' } } });
    const script = 'curl -sS http://ecs.us-east-1.amazonaws.com; echo; curl -sS http://web.local; echo; curl -sS http://example.org';
    const { stdout, stderr } = await workspace.run(['bash', '-c', script], { timeoutMs: 20_000 });
    expect(stdout).toBe('AWS answers\nAWS answers\n');
    expect(stderr).toContain('Could not resolve host: example.org');
  });

  test('the authority of a sandbox is trusted, by the environment and by the system’s list', async () => {
    const systemList = '/etc/ssl/certs/ca-certificates.crt';
    const lists = ['"$AWS_CA_BUNDLE"', '"$NODE_EXTRA_CA_CERTS"', ...(existsSync(systemList) ? [systemList] : [])];
    const workspace = await labs.workspace({ access: { certificates: ['of the lab\n'] } });
    const { stdout } = await workspace.run(['bash', '-c', `head -qn 1 ${lists.join(' ')}`], { timeoutMs: 10_000 });
    expect(stdout).toBe('of the lab\n'.repeat(lists.length));
  });

  test('a program of ours runs on the server’s Node.js, and nothing beside it is visible', async () => {
    const root = join(labs.dataFolder, 'programs');
    await mkdir(join(root, 'greet'), { recursive: true });
    await writeFile(join(root, 'greet/main.ts'), "const who: string = process.argv[2] ?? ''; console.log(`hello ${who}`);\n");
    await writeFile(join(root, 'secret'), 'secret');
    await labs.restart({ programs: [{ name: 'greet', root, entry: 'greet/main.ts', folders: ['greet'] }] });
    const workspace = await labs.workspace();
    const { stdout } = await workspace.run(['bash', '-c', 'greet "big world"; ls /opt/dockside/programs/greet'], { timeoutMs: 20_000 });
    expect(stdout).toBe('hello big world\ngreet\n');
  });

  test('TAB completes kubectl’s commands', async () => {
    const workspace = await labs.workspace();
    using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    reader.type('kubectl api-reso\t');
    expect(await reader.until('api-resources')).toContain('kubectl api-resources');
  });

  test('a program that uses the whole screen works: vi, less and the size of the terminal', async () => {
    const workspace = await labs.workspace({ files: { 'a.txt': 'first line\n' } });
    using reader = new TerminalReader(await workspace.openTerminal({ cols: 100, rows: 30 }));
    reader.type('stty size; less a.txt\r');
    await reader.until('30 100');
    await reader.until('first line');
    reader.type('q');
    // Both programs throw away what was typed before they have left the screen.
    await reader.until(LEFT_SCREEN);
    reader.type('vi a.txt\r');
    await reader.until('"a.txt" 1');
    reader.text = '';
    reader.type('Aand more\x1b:wq\r');
    await reader.until(LEFT_SCREEN);
    reader.type('cat a.txt; echo end-$((1+1))\r');
    expect(await reader.until('end-2')).toContain('first lineand more');
  });

  test('the death of the process that keeps terminals is reported, and the next terminal has the same files', async () => {
    const workspace = await labs.workspace();
    using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    const left = `sleep 1000.${process.pid}${Date.now()}`;
    reader.type(`echo kept > file; setsid ${left} & echo started-$((1+1))\r`);
    await reader.until('started-2');
    await expect.poll(() => processesRunning(left)).not.toEqual([]);
    process.kill(await labs.ptyHost.processId(), 'SIGKILL');
    expect(await reader.terminal.exited).toEqual({ exitCode: -1, lost: true });
    using after = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    after.type('cat file; echo end-$((1+1))\r');
    expect(await after.until('end-2')).toContain('kept');
    await expect.poll(() => processesRunning(left), { timeout: 10_000 }).toEqual([]);
  });
}

/** Processes of this machine whose command line is this. */
function processesRunning(command: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === command;
    } catch {
      return false;
    }
  });
}
