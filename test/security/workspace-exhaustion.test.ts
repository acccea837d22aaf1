// Attacks that use up what the machine has. Each must be contained: it ends in an error for the attacker, and another lab goes on.
import { existsSync, readdirSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../lab-server/workspaces/index.ts';
import { FakeNetwork, page } from '../integration/workspaces/fake-network.ts';
import { Labs, type LabOptions } from '../integration/workspaces/lab.ts';
import { TerminalReader } from '../integration/terminals/terminal-reader.ts';

let labs: Labs;
let victim: Workspace;

beforeEach(async () => {
  labs = await Labs.open();
  victim = await labs.workspace({ id: 'victim' });
});

afterEach(async () => {
  await labs[Symbol.asyncDispose]();
});

function attacker(options: LabOptions = {}): Promise<Workspace> {
  return labs.workspace({ id: 'attacker', ...options });
}

async function expectVictimAlive(): Promise<void> {
  expect(await victim.run(['bash', '-c', 'echo alive > file && cat file'], { timeoutMs: 10_000 })).toMatchObject({ stdout: 'alive\n' });
}

test('a fork bomb ends at the limit of processes, and closing the lab ends all of it', async () => {
  const workspace = await attacker({ limits: { processes: 60 } });
  using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
  reader.type('bomb() { bomb | bomb & }; bomb\r');
  await reader.until('Resource temporarily unavailable');
  await expectVictimAlive();
  expect(await workspace.close()).toEqual([]);
});

test('the limit of processes holds for all terminals of a lab together', async () => {
  const workspace = await attacker({ limits: { processes: 30 } });
  const script = 'for i in $(seq 100); do sleep 50 & done 2>/dev/null; jobs -r | wc -l; kill $(jobs -p); wait';
  const results = await Promise.all([1, 2, 3].map(() => workspace.run(['bash', '-c', script], { timeoutMs: 20_000 })));
  const started = results.map(({ stdout }) => Number(stdout.trim() || '0'));
  expect(started.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(30);
});

test('a program that takes more memory than allowed is refused or ended', async () => {
  const workspace = await attacker({ limits: { memoryBytes: 64 * 1024 * 1024 } });
  const { exitCode } = await workspace.run(['bash', '-c', 'x=$(head -c 300000000 /dev/zero | tr "\\0" x); echo ${#x}'], {
    timeoutMs: 30_000,
  });
  expect(exitCode).not.toBe(0);
  await expectVictimAlive();
});

test('one file cannot become larger than the home folder may be', async () => {
  const workspace = await attacker({ limits: { diskBytes: 4 * 1024 * 1024 } });
  const { stdout } = await workspace.run(['bash', '-c', 'head -c 100000000 /dev/zero > big; stat -c %s big'], { timeoutMs: 20_000 });
  expect(Number(stdout)).toBeLessThanOrEqual(4 * 1024 * 1024);
});

test('programs that fill the home folder with many files are ended, and the learner is told', async () => {
  const workspace = await attacker({ limits: { diskBytes: 8 * 1024 * 1024 } });
  using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
  reader.type('head -c 100000000000 /dev/zero | split -b 4000000 - part-\r');
  await reader.until('may hold 8 MB');
  const parts = (await readdir(join(labs.folder('attacker'), 'home'))).filter((name) => name.startsWith('part-'));
  // What a disk takes in the second or two until the guard has looked.
  expect(parts.length).toBeLessThan(1500);
  reader.type('rm -f part-*; echo room-$((1+1))\r');
  await reader.until('room-2');
  await workspace.files.write('again', Buffer.from('fits'));
});

test('a loop that makes one empty file after the other is ended too', async () => {
  const workspace = await attacker({ limits: { files: 300 } });
  using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
  reader.type('i=0; while :; do : > e$((i++)); done\r');
  // Ended as the writer when it is seen with a file open, else with all that runs since the folder goes on growing: told the reason either way.
  await reader.until('more than the 300 files that it may hold');
  await reader.end();
  const made = (await readdir(join(labs.folder('attacker'), 'home'))).length;
  expect(made).toBeLessThan(200_000);
  await workspace.run(['bash', '-c', 'rm -rf e*'], { timeoutMs: 30_000 });
  await expectVictimAlive();
});

test('/tmp and shared memory are bounded', async () => {
  const workspace = await attacker({ limits: { diskBytes: 1024 * 1024 * 1024, memoryBytes: 2 * 1024 * 1024 * 1024 } });
  const { stdout } = await workspace.run(
    ['bash', '-c', 'for d in /tmp /dev/shm; do head -c 600000000 /dev/zero > $d/x 2>/dev/null; stat -c %s $d/x; rm $d/x; done'],
    { timeoutMs: 30_000 },
  );
  const [tmp, shared] = stdout.trim().split('\n').map(Number);
  expect(tmp).toBeLessThanOrEqual(256 * 1024 * 1024);
  expect(shared).toBeLessThanOrEqual(64 * 1024 * 1024);
});

test('open files end at their limit', async () => {
  const workspace = await attacker({ limits: { openFiles: 64 } });
  const { stderr } = await workspace.run(['bash', '-c', 'for i in $(seq 200); do exec {fd}</dev/null || break; done; echo $fd'], {
    timeoutMs: 20_000,
  });
  expect(stderr).toContain('Too many open files');
  await expectVictimAlive();
});

test('connections to the sandbox beyond the limit are refused, and other labs still get theirs', async () => {
  const network = new FakeNetwork(['10.96.0.0/12']);
  network.publish('10.96.0.1', 80, () => undefined);
  const workspace = await attacker({ access: { network }, limits: { processes: 100, openFiles: 4096 } });
  const script =
    'trap "" PIPE; for i in $(seq 1500); do exec {fd}<>/dev/tcp/10.96.0.1/80 || break; done; sleep 0.5; echo x >&$fd && echo sent || echo reset';
  const { stdout } = await workspace.run(['bash', '-c', script], { timeoutMs: 40_000 });
  expect(stdout).toBe('reset\n');
  const other = new FakeNetwork(['10.96.0.0/12']);
  other.publish('10.96.0.1', 80, page('mine'));
  const third = await labs.workspace({ id: 'third', access: { network: other } });
  expect(await third.run(['curl', '-sS', '--max-time', '10', 'http://10.96.0.1'], { timeoutMs: 20_000 })).toMatchObject({ stdout: 'mine' });
});

test('a flood of output costs a bounded amount of memory, and Ctrl+C ends it', async () => {
  const workspace = await attacker();
  using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
  reader.type('yes flood\r');
  await reader.until('flood\r\nflood\r\n'.repeat(100_000));
  reader.type('\x03');
  reader.type('echo quiet-$((1+1))\r');
  expect(await reader.until('quiet-2')).toContain('^C');
  await expectVictimAlive();
});

test('input that no program reads is refused instead of kept', async () => {
  const workspace = await attacker();
  const terminal = await workspace.openTerminal({ cols: 80, rows: 24 });
  using reader = new TerminalReader(terminal);
  reader.type('stty raw -echo; echo deaf; exec sleep 1000\r');
  await reader.until('deaf\n');
  const refused = new Promise<void>((resolve) => terminal.onInputRefused(resolve));
  for (let count = 0; count < 100; count++) {
    terminal.write(Buffer.alloc(64 * 1024, 'x'));
  }
  await expect(refused).resolves.toBeUndefined();
  await expectVictimAlive();
});

test('ten thousand tiny writes to a terminal are all typed, in order', async () => {
  const workspace = await attacker();
  const terminal = await workspace.openTerminal({ cols: 80, rows: 24 });
  using reader = new TerminalReader(terminal);
  reader.type('stty -echo -icanon; echo ready-$((1+1)); head -c 10000 | cksum\r');
  await reader.until('ready-2');
  const text = Array.from({ length: 10_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
  for (const character of text) {
    terminal.write(Buffer.from(character));
  }
  const expected = await victim.run(['cksum'], { timeoutMs: 10_000, stdin: text });
  expect(await reader.until(expected.stdout.trim())).toContain(expected.stdout.trim());
});

test('while one lab floods, forks and takes memory at once, another one echoes every key', async () => {
  const workspace = await attacker({ limits: { processes: 80, memoryBytes: 128 * 1024 * 1024 } });
  const attacks = [
    'yes flood',
    'bomb() { bomb | bomb & }; bomb',
    'while :; do head -c 300000000 /dev/zero | tail -c 200000000 | wc -c; done',
  ];
  const readers = [];
  for (const attack of attacks) {
    const reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
    readers.push(reader);
    reader.type(`${attack}\r`);
  }
  await readers[0]?.until('flood\r\nflood\r\n'.repeat(1000));
  using other = new TerminalReader(await victim.openTerminal({ cols: 80, rows: 24 }));
  await other.until('$ ');
  for (let key = 0; key < 50; key += 1) {
    const seen = other.text.length;
    other.type('x');
    await other.until(`${'x'.repeat(key + 1)}`);
    expect(other.text.length).toBeGreaterThan(seen);
  }
  readers.forEach((reader) => reader[Symbol.dispose]());
  expect(await workspace.close()).toEqual([]);
});

test('a closed lab leaves no folder and no control group', async () => {
  const workspace = await attacker();
  await workspace.run(['bash', '-c', 'mkdir -p a/b && chmod 000 a/b a; setsid sleep 1000 & disown'], { timeoutMs: 5_000 });
  expect(await workspace.close()).toEqual([]);
  expect(existsSync(labs.folder('attacker'))).toBe(false);
  const groups = ['memory', 'pids', 'cpu', '.'].flatMap((name) => {
    const folder = join('/sys/fs/cgroup', name);
    return existsSync(folder)
      ? readdirSync(folder).filter((entry) => entry.startsWith('dockside-') && existsSync(join(folder, entry, 'attacker')))
      : [];
  });
  expect(groups).toEqual([]);
});

test('a sparse file of enormous size is neither read nor counted as one that fits', async () => {
  const workspace = await attacker({ limits: { diskBytes: 8 * 1024 * 1024 } });
  const path = join(labs.folder('attacker'), 'home', 'sparse');
  await using file = await open(path, 'w');
  await file.truncate(1024 ** 4);
  await expect(workspace.files.read('sparse')).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
});
