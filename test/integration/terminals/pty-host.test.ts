// The pty host through its real process, socket and ptys.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PtyHost, type Terminal } from '../../../lab-server/terminals/index.ts';
import { TerminalReader } from './terminal-reader.ts';

let dataFolder: string;
let host: PtyHost;

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'dockside-pty-'));
  host = new PtyHost({ dataFolder });
});

afterEach(async () => {
  await host.shutdown();
  await rm(dataFolder, { recursive: true, force: true });
});

function open(id: string, script?: string, on = host): Promise<Terminal> {
  const args = script === undefined ? ['--norc', '--noprofile', '-i'] : ['--norc', '-c', script];
  const env = { PATH: '/usr/bin:/bin', TERM: 'xterm-256color', PS1: '$ ' };
  return on.open({ id, group: 'lab', command: { file: '/bin/bash', args, env, cwd: '/' }, size: { cols: 80, rows: 24 } });
}

test('what is typed reaches the shell and its output comes back', async () => {
  using reader = new TerminalReader(await open('one'));
  reader.type('echo $((6*7))\r');
  expect(await reader.until('42')).toContain('42');
});

test('a shell gets the environment it was given and nothing else', async () => {
  process.env['DOCKSIDE_TEST_SECRET'] = 'must-not-leak';
  using reader = new TerminalReader(await open('one', 'env'));
  await reader.end();
  expect(reader.text).not.toContain('must-not-leak');
  expect(reader.text).not.toContain('HOME=');
});

test('a shell inherits no file of another terminal', async () => {
  using first = new TerminalReader(await open('one'));
  using second = new TerminalReader(await open('two', 'ls -l /proc/self/fd | grep -v /proc/ | wc -l; ls -l /proc/$$/fd'));
  await second.end();
  expect(second.text).not.toContain('ptmx');
  expect(first.terminal.hasExited).toBe(false);
});

test('the last output of a program arrives before the end of the terminal, whole', async () => {
  using reader = new TerminalReader(await open('one', 'seq 100000; exit 7'));
  await reader.end();
  expect(await reader.terminal.exited).toEqual({ exitCode: 7 });
  expect(reader.text.trim().split(/\r\n/)).toEqual(Array.from({ length: 100_000 }, (_, index) => String(index + 1)));
});

test('a terminal outlives the server that opened it, with its output', async () => {
  const terminal = await open('survivor');
  using before = new TerminalReader(terminal);
  before.type('echo before-$((1+1))\r');
  await before.until('before-2');
  await host[Symbol.asyncDispose]();

  host = new PtyHost({ dataFolder });
  const [taken] = await host.terminals('lab');
  if (!taken) {
    throw new Error('the terminal is gone');
  }
  expect(taken.id).toBe('survivor');
  using after = new TerminalReader(taken);
  await after.until('before-2');
  after.type('echo after-$((2+1))\r');
  await after.until('after-3');
});

test('a reader that comes back with its sequence gets every later byte once', async () => {
  const terminal = await open('one', 'for i in $(seq 60000); do echo $i; done');
  let text = '';
  let sequence = 0;
  for (let round = 0; !text.includes('60000'); round++) {
    using attachment = terminal.attach(sequence);
    let received = 0;
    for await (const chunk of attachment) {
      expect(chunk.sequence).toBe(sequence);
      text += Buffer.from(chunk.data).toString();
      sequence += chunk.data.length;
      received += chunk.data.length;
      attachment.acknowledge(sequence);
      if (received > 1000 * (round % 17)) {
        break;
      }
    }
  }
  expect(text.trim().split('\r\n')).toEqual(Array.from({ length: 60_000 }, (_, index) => String(index + 1)));
});

test('a reader that acknowledges nothing stops the program, and its next acknowledgement starts it again', async () => {
  const terminal = await open('one', 'yes | head -c 3000000; echo done');
  using attachment = terminal.attach(0);
  let received = 0;
  let hadEnded: boolean | undefined;
  for await (const chunk of attachment) {
    received += chunk.data.length;
    if (received >= 512 * 1024) {
      hadEnded ??= terminal.hasExited;
      attachment.acknowledge(received);
    }
  }
  expect(hadEnded).toBe(false);
  // `yes` writes two bytes a line, the terminal makes three of them.
  expect(received).toBe(4_500_000 + 'done\r\n'.length);
});

test('a crash of the host is reported, and the next terminal runs in a new one', async () => {
  let lost = 0;
  await host[Symbol.asyncDispose]();
  host = new PtyHost({ dataFolder, onLost: () => void lost++ });
  using reader = new TerminalReader(await open('one'));
  reader.type('echo pid=$PPID\r');
  const hostPid = await reader.match(/pid=(\d+)/);
  process.kill(Number(hostPid), 'SIGKILL');
  expect(await reader.terminal.exited).toEqual({ exitCode: -1, lost: true });
  await reader.end();

  using again = new TerminalReader(await open('two'));
  again.type('echo back-$((1+1))\r');
  await again.until('back-2');
  expect(lost).toBe(1);
});

test('the size of a terminal is what the program sees', async () => {
  using reader = new TerminalReader(await open('one'));
  reader.terminal.resize({ cols: 132, rows: 43 });
  reader.type('stty size\r');
  expect(await reader.until('43 132')).toContain('43 132');
});

test('a closed terminal ends, and what it runs with it', async () => {
  const terminal = await open('one', 'trap "echo hung up; exit 9" HUP; echo ready; while :; do read -t 60 || :; done');
  using reader = new TerminalReader(terminal);
  expect(await reader.until('ready')).toContain('ready');
  terminal.close();
  expect(await terminal.exited).toEqual({ exitCode: 9 });
  await reader.end();
  expect(reader.text).toContain('hung up');
});

test('a program that cannot be started says so in its terminal', async () => {
  const command = { file: '/no/such/program', args: [], env: { PATH: '/usr/bin' }, cwd: '/' };
  using reader = new TerminalReader(await host.open({ id: 'x', group: 'lab', command, size: { cols: 80, rows: 24 } }));
  await reader.end();
  expect(reader.text).toContain('No such file or directory');
});

test('a held process is found again by the next server, and ends with the host', async () => {
  const command = { file: '/bin/bash', args: ['-c', 'echo $$; echo ready; exec cat'], env: { PATH: '/usr/bin:/bin' }, cwd: '/' };
  const { ready } = await host.hold('lab', command);
  const pid = Number(ready);
  await host[Symbol.asyncDispose]();
  host = new PtyHost({ dataFolder });
  const again = await host.held('lab');
  expect(again?.ready).toBe(ready);
  await host.shutdown();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('servers that start in the same moment share one host', async () => {
  const others = Array.from({ length: 3 }, () => new PtyHost({ dataFolder }));
  const ids = await Promise.all([host, ...others].map((each) => each.processId()));
  expect(new Set(ids).size).toBe(1);
  await Promise.all(others.map((each) => each[Symbol.asyncDispose]()));
});

test('a host that was killed leaves a socket behind that does not stop the next one', async () => {
  const first = await host.processId();
  process.kill(first, 'SIGKILL');
  const next = new PtyHost({ dataFolder });
  await untilGone(first);
  expect(await next.processId()).not.toBe(first);
  await next[Symbol.asyncDispose]();
});

test('a host without any server ends its shells and itself when its grace time is over', async () => {
  await host.shutdown();
  host = new PtyHost({ dataFolder, graceMs: 50 });
  const terminal = await open('one');
  using reader = new TerminalReader(terminal);
  reader.type('echo pid=$$\r');
  const shell = Number(await reader.match(/pid=(\d+)/));
  const pid = await host.processId();
  await host[Symbol.asyncDispose]();
  await untilGone(pid);
  expect(() => process.kill(shell, 0)).toThrow('ESRCH');
});

test('a host whose data folder was removed ends as soon as no server is connected', async () => {
  await open('one');
  const pid = await host.processId();
  await rm(dataFolder, { recursive: true });
  await host[Symbol.asyncDispose]();
  await untilGone(pid);
  expect(existsSync(dataFolder)).toBe(false);
});

test('a data folder with a very long path works too', async () => {
  const far = new PtyHost({ dataFolder: join(dataFolder, 'long'.repeat(20), 'path'.repeat(20)) });
  using reader = new TerminalReader(await open('one', 'echo far', far));
  await reader.end();
  expect(reader.text).toBe('far\r\n');
  await far.shutdown();
});

test('announcements appear in every terminal of a group', async () => {
  using reader = new TerminalReader(await open('one'));
  await host.announce('lab', 'The lab ends in five minutes.');
  await host.announce('another lab', 'Not for you.');
  await reader.until('five minutes');
  reader.type('echo $((6*7))\r');
  expect(await reader.until('42')).not.toContain('Not for you');
});

/** A child that its parent has not waited for yet counts as gone. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
