import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { Attach, CoreV1Api, Exec, KubeConfig, Log, PortForward, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aPod, collect, NodeStand } from './node-stand.ts';

describe('the streaming subresources, through the JavaScript client', () => {
  let stand: NodeStand;
  let config: KubeConfig;

  beforeAll(async () => {
    stand = await NodeStand.open();
    config = new KubeConfig();
    config.loadFromString(stand.cluster.adminKubeconfig());
    const api = config.makeApiClient(CoreV1Api);
    for (const pod of [
      aPod('web', { image: 'nginx:latest', ports: [{ containerPort: 80 }] }),
      aPod('teller', { command: ['sh', '-c', 'echo one; sleep 1; echo two'] }, { restartPolicy: 'Never' }),
      aPod('listener', { command: ['cat'], stdin: true }),
    ]) {
      await api.createNamespacedPod({ namespace: 'default', body: pod });
    }
    const allRun = async (): Promise<void> => {
      const { items } = await api.listNamespacedPod({ namespace: 'default' });
      if (items.length < 3 || items.some(({ status }) => status?.phase === 'Pending')) {
        throw new Error('not every pod has begun yet');
      }
    };
    await vi.waitFor(allRun, { timeout: 20_000 });
  });

  afterAll(() => stand[Symbol.asyncDispose]());

  async function exec(command: string[], stdin: Readable | null): Promise<{ status: V1Status; stdout: string; stderr: string }> {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const [stdout, stderr] = [collect(out), collect(err)];
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config).exec('default', 'web', 'main', command, out, err, stdin, false, resolve).catch(reject);
    });
    return { status, stdout: stdout(), stderr: stderr() };
  }

  it('runs a command and tells how it ended', async () => {
    const done = await exec(['sh', '-c', 'echo out; echo err >&2'], null);
    expect(done).toMatchObject({ stdout: 'out\n', stderr: 'err\n', status: { status: 'Success' } });
    const failed = await exec(['sh', '-c', 'exit 7'], null);
    expect(failed.status).toMatchObject({ reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '7' }] } });
  });

  it('feeds a command and ends its input', async () => {
    const done = await exec(['cat'], Readable.from(['one\n', 'two\n']));
    expect(done.stdout).toBe('one\ntwo\n');
  });

  it('forwards connections to a pod’s port', async () => {
    const forward = new PortForward(config);
    const server: Server = createServer((socket) => {
      void forward.portForward('default', 'web', [80], socket, null, socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const answer = collect(socket);
    socket.write('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n');
    await expect.poll(answer, { timeout: 10_000 }).toContain('Welcome to nginx!');
    expect(answer()).toContain('HTTP/1.1 200 OK');
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('follows a log from its beginning', async () => {
    const lines = new PassThrough();
    const text = collect(lines);
    await new Log(config).log('default', 'teller', 'main', lines, { follow: true, timestamps: false });
    await once(lines, 'end');
    expect(text()).toBe('one\ntwo\n');
  });

  it('attaches to a container', async () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const socket = await new Attach(config).attach('default', 'listener', 'main', out, err, null, false);
    expect(socket.readyState).toBe(1);
    socket.close();
  });

  it('met no error that nothing expected', () => {
    expect(stand.errors).toEqual([]);
  });
});
