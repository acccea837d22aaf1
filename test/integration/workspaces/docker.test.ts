// The Docker workspace against a real daemon: the promises of every isolated workspace, and what is Docker's own.
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { DockerDriver } from '../../../lab-server/workspaces/index.ts';
import { whyNoDocker, workspaceImage } from './docker-image.ts';
import { isolatedWorkspaces } from './isolated-workspaces.ts';
import { Labs } from './lab.ts';

const reason = whyNoDocker();
if (reason !== undefined) {
  // oxlint-disable-next-line no-console -- a skipped test says why
  console.log(`The tests of the Docker workspace are skipped: ${reason}.`);
}
const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => /^(?:PATH|HOME|DOCKER_)/.test(entry[0])),
);
let image = '';

function open(): Promise<Labs> {
  return Labs.open({}, (options) => new DockerDriver({ ...options, image, environment }));
}

describe.skipIf(reason !== undefined)('a workspace in a container', () => {
  beforeAll(async () => {
    image = await workspaceImage();
  }, 120_000);

  isolatedWorkspaces(open, ['kubectl', 'jq', 'curl', 'vi', 'less']);

  test('has no power, a read-only system, and only the loopback in its network', async () => {
    await using labs = await open();
    const workspace = await labs.workspace();
    const script =
      'grep -E "^Cap(Prm|Eff|Bnd|Amb|Inh):" /proc/self/status | grep -v 0000000000000000; grep NoNewPrivs /proc/self/status; cat /sys/class/net/*/address | sort -u; touch /etc/x /usr/x /x 2>/dev/null && echo written; ls -A /root /home';
    const { stdout } = await workspace.run(['bash', '-c', script], { timeoutMs: 20_000 });
    expect(stdout).toBe('NoNewPrivs:\t1\n00:00:00:00:00:00\n/home:\nlearner\n');
  });

  test('is held to its limits: processes, memory, files, /tmp', async () => {
    await using labs = await open();
    const workspace = await labs.workspace({ limits: { processes: 40, memoryBytes: 96 * 1024 * 1024, diskBytes: 4 * 1024 * 1024 } });
    const [id = ''] = execFileSync('docker', ['ps', '--quiet', '--filter', 'name=lab1'], { encoding: 'utf8' }).split('\n');
    const settings = JSON.parse(
      execFileSync('docker', ['inspect', '--format', '{{json .HostConfig}}', id], { encoding: 'utf8' }),
    ) as object;
    expect(settings).toMatchObject({
      PidsLimit: 40,
      Memory: 96 * 1024 * 1024,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
    });
    const big = await workspace.run(['bash', '-c', 'head -c 100000000 /dev/zero > big; stat -c %s big'], { timeoutMs: 20_000 });
    expect(Number(big.stdout)).toBeLessThanOrEqual(4 * 1024 * 1024);
    const bomb = await workspace.run(['bash', '-c', 'for i in $(seq 60); do sleep 30 & done; echo all'], { timeoutMs: 3_000 });
    expect(bomb.stderr).toContain('Resource temporarily unavailable');
  });

  test('a closed terminal leaves no process in its container, and a closed lab no container', async () => {
    await using labs = await open();
    const workspace = await labs.workspace();
    const terminal = await workspace.openTerminal({ cols: 80, rows: 24 });
    terminal.write(Buffer.from('sleep 777\r'));
    const count = async (): Promise<string> =>
      (await workspace.run(['bash', '-c', 'pgrep -c sleep || true'], { timeoutMs: 10_000 })).stdout.trim();
    await expect.poll(count, { timeout: 20_000 }).toBe('1');
    terminal.close();
    await terminal.exited;
    await expect.poll(count, { timeout: 20_000 }).toBe('0');
    expect(await workspace.close()).toEqual([]);
    expect(execFileSync('docker', ['ps', '--all', '--quiet', '--filter', 'name=lab1'], { encoding: 'utf8' })).toBe('');
  });

  test('an image that is not there is named, with the command that makes it', async () => {
    await using labs = await Labs.open({}, (options) => new DockerDriver({ ...options, image: 'dockside-no-such-image', environment }));
    expect(await labs.driver.probe()).toMatchObject({ ready: false, remedy: expect.stringContaining('docker build') });
  });
});
