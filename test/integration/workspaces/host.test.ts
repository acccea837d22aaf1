// The workspace on the bare machine: the same life, without isolation.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostDriver, type Workspace } from '../../../lab-server/workspaces/index.ts';
import { TerminalReader } from '../terminals/terminal-reader.ts';
import { Labs, LIMITS } from './lab.ts';

let labs: Labs;
let workspace: Workspace;

beforeEach(async () => {
  labs = await Labs.open();
  workspace = await open();
});

afterEach(async () => {
  const leftovers = await workspace.close();
  await labs[Symbol.asyncDispose]();
  if (leftovers.length > 0) {
    throw new Error(`closing the lab left something behind: ${JSON.stringify(leftovers)}`);
  }
});

function open(): Promise<Workspace> {
  const driver = new HostDriver({ ptyHost: labs.ptyHost, folder: `${labs.dataFolder}/workspaces`, path: process.env['PATH'] ?? '' });
  const access = {
    files: { '.kube/config': { content: 'inside' } },
    hostFiles: { '.kube/config': { content: 'server: https://127.0.0.1:1' } },
    env: { GREETING: 'hello' },
    hosts: {},
  };
  const spec = { labId: 'lab1', folder: labs.folder('lab1'), files: { 'a.yaml': 'kind: Pod\n' }, access: [access], limits: LIMITS };
  return driver.create(spec, new AbortController().signal);
}

test('it says that it isolates nothing', () => {
  expect(workspace).toMatchObject({ driver: 'host', isolated: false });
});

test('a terminal is a shell in the lab’s home, with the access for this machine and nothing of the server’s environment', async () => {
  process.env['DOCKSIDE_TEST_SECRET'] = 'must-not-leak';
  using reader = new TerminalReader(await workspace.openTerminal({ cols: 80, rows: 24 }));
  reader.type('cat .kube/config a.yaml; echo $GREETING $DOCKSIDE_TEST_SECRET end-$((1+1))\r');
  const text = await reader.until('end-2');
  expect(text).toContain('https://127.0.0.1:1');
  expect(text).toContain('kind: Pod');
  expect(text).toContain('hello end-2');
});

test('the learner’s changes to starter files and to the access survive taking up the lab again', async () => {
  await workspace.run(['sh', '-c', 'echo mine > a.yaml; echo mine >> .kube/config'], { timeoutMs: 5_000 });
  workspace = await open();
  const { stdout } = await workspace.run(['cat', 'a.yaml', '.kube/config'], { timeoutMs: 5_000 });
  expect(stdout).toBe('mine\nserver: https://127.0.0.1:1mine\n');
});

test('suspending ends everything that was started in it, also what left its terminal', async () => {
  const terminal = await workspace.openTerminal({ cols: 80, rows: 24 });
  using reader = new TerminalReader(terminal);
  reader.type('setsid sleep 1000 & sleep 0.2; echo pid=$!\r');
  const pid = Number(await reader.match(/pid=(\d+)/));
  await workspace.suspend();
  await terminal.exited;
  expect(await workspace.terminals()).toEqual([]);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
