import type { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ExecNotFound, type ExecOptions } from '../../../lab-server/embedded/runtime/runtime.ts';
import { RawTunnel, StreamingStand } from './streaming-stand.ts';

const EXEC = '/web/exec?command=run&stdout=true&stderr=true';

/** Copies stdin to stdout until it ends. */
async function echo({ stdin, stdout }: { stdin?: Readable; stdout: Writable }): Promise<number> {
  for await (const chunk of stdin ?? []) {
    stdout.write(chunk);
  }
  return 0;
}

describe('exec over WebSocket channels', () => {
  it('carries output on its channels and the outcome on the error channel', async () => {
    await using stand = await StreamingStand.open({
      exec: ({ stdout, stderr }) => {
        stdout.write('out');
        stderr.write('err');
        return 0;
      },
    });
    const connection = stand.connect(EXEC, ['v5.channel.k8s.io']);
    expect(await connection.closed).toBe(1000);
    expect(connection.socket.protocol).toBe('v5.channel.k8s.io');
    expect([...(connection.messages[0] ?? [])]).toEqual([1]);
    expect(connection.channel(1)).toBe('out');
    expect(connection.channel(2)).toBe('err');
    expect(JSON.parse(connection.channel(3))).toEqual({ metadata: {}, status: 'Success' });
  });

  it('tells a non-zero exit code as the kubelet does', async () => {
    await using stand = await StreamingStand.open({ exec: () => 3 });
    const connection = stand.connect(EXEC, ['v4.channel.k8s.io']);
    await connection.closed;
    expect(JSON.parse(connection.channel(3))).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: command terminated with exit code 3',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  it('tells that a program does not exist', async () => {
    await using stand = await StreamingStand.open({
      exec: () => {
        throw new ExecNotFound('exec: "nosuch": executable file not found in $PATH');
      },
    });
    const connection = stand.connect(EXEC, ['v5.channel.k8s.io']);
    await connection.closed;
    expect(JSON.parse(connection.channel(3))).toMatchObject({
      reason: 'InternalError',
      code: 500,
      message: expect.stringContaining('exec: "nosuch": executable file not found in $PATH'),
    });
    expect(stand.node.errors).toEqual([]);
  });

  it('ends stdin when the client says so', async () => {
    await using stand = await StreamingStand.open({ exec: echo });
    const connection = stand.connect(`${EXEC}&stdin=true`, ['v5.channel.k8s.io']);
    await connection.opened();
    connection.send(0, 'line\n');
    connection.send(255, new Uint8Array([0]));
    await connection.closed;
    expect(connection.channel(1)).toBe('line\n');
  });

  it('takes terminal sizes', async () => {
    const sizes: { cols: number; rows: number }[] = [];
    await using stand = await StreamingStand.open({
      exec: async (options: ExecOptions) => {
        for await (const size of options.sizes ?? []) {
          sizes.push(size);
          if (sizes.length === 3) {
            break;
          }
        }
        return options.tty ? 0 : 1;
      },
    });
    const connection = stand.connect('/web/exec?command=sh&stdin=true&stdout=true&tty=true', ['v5.channel.k8s.io']);
    await connection.opened();
    connection.send(4, '{"Width":80,"Height":24}');
    connection.send(4, 'not json');
    connection.send(4, '{"Width":120,"Height":40}');
    connection.send(4, '{"Width":0,"Height":0}');
    await connection.closed;
    expect(sizes).toEqual([
      { cols: 80, rows: 24 },
      { cols: 120, rows: 40 },
      { cols: 80, rows: 24 },
    ]);
    expect(JSON.parse(connection.channel(3))).toMatchObject({ status: 'Success' });
  });

  it('speaks base64 to those who ask for it', async () => {
    await using stand = await StreamingStand.open({ exec: echo });
    const connection = stand.connect(`${EXEC}&stdin=true`, ['v4.base64.channel.k8s.io']);
    await connection.opened();
    connection.socket.send(`0${Buffer.from('hello').toString('base64')}`);
    await new Promise((resolve) => connection.socket.once('message', resolve));
    await expect.poll(() => connection.messages.map(String)).toContain(`1${Buffer.from('hello').toString('base64')}`);
  });

  it('ends the command when the client goes away', async () => {
    let gone = false;
    await using stand = await StreamingStand.open({
      exec: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            gone = true;
            resolve(129);
          });
        }),
    });
    const connection = stand.connect(EXEC, ['v5.channel.k8s.io']);
    await connection.opened();
    connection.socket.terminate();
    await expect.poll(() => gone).toBe(true);
  });

  it('refuses what it does not speak and what is not there, in the API’s own words', async () => {
    await using stand = await StreamingStand.open({});
    const protocol = await stand.connect(EXEC, ['v9.channel.k8s.io']).refused;
    expect(protocol.code).toBe(400);
    const pod = await stand.connect('/nosuch/exec?command=sh', ['v5.channel.k8s.io']).refused;
    expect(JSON.parse(pod.body)).toMatchObject({ code: 404, reason: 'NotFound', message: 'pods "nosuch" not found' });
    const container = await stand.connect('/web/exec?command=sh&container=side', ['v5.channel.k8s.io']).refused;
    expect(JSON.parse(container.body)).toMatchObject({ code: 400, message: 'container side is not valid for pod web' });
  });
});

describe('a client that does not keep to the protocol', () => {
  it('loses its connection over a message that is too large, and nothing else', async () => {
    await using stand = await StreamingStand.open({ exec: echo });
    const connection = stand.connect(`${EXEC}&stdin=true`, ['v5.channel.k8s.io']);
    await connection.opened();
    connection.send(0, Buffer.alloc(5 * 1024 * 1024));
    expect(await connection.closed).toBe(1009);
    expect(stand.node.errors).toEqual([]);
  });

  it('loses its tunnel over bytes that are no SPDY', async () => {
    await using stand = await StreamingStand.open({});
    const open = (): Promise<RawTunnel> => RawTunnel.open(stand.port, '/web/portforward', 'SPDY/3.1+portforward.k8s.io');
    const text = await open();
    expect(text.protocol).toBe('SPDY/3.1+portforward.k8s.io');
    text.send(Buffer.from('hello'), false);
    expect(await text.closed).toBe(1003);
    const wrongVersion = [0x80, 2, 0, 1, 0, 0, 0, 0];
    const tooLong = [0, 0, 0, 1, 0, 0xff, 0xff, 0xff];
    const noHeaders = [0x80, 3, 0, 1, 0, 0, 0, 14, ...Buffer.alloc(14, 7)];
    for (const bytes of [wrongVersion, tooLong, noHeaders]) {
      const tunnel = await open();
      tunnel.send(Buffer.from(bytes));
      await tunnel.closed;
      tunnel.destroy();
    }
    text.destroy();
    expect(stand.node.errors).toEqual([]);
  });

  it('is ignored where it speaks on channels that nobody listens to', async () => {
    await using stand = await StreamingStand.open({ exec: echo });
    const connection = stand.connect(`${EXEC}&stdin=true`, ['v5.channel.k8s.io']);
    await connection.opened();
    connection.socket.send(Buffer.alloc(0));
    connection.send(9, 'nonsense');
    connection.send(255, new Uint8Array([77]));
    connection.send(0, 'still here');
    connection.send(255, new Uint8Array([0]));
    await connection.closed;
    expect(connection.channel(1)).toBe('still here');
  });
});

describe('port-forward over WebSocket channels', () => {
  it('carries bytes both ways after telling the port', async () => {
    await using stand = await StreamingStand.open({});
    const { endpoint } = stand.node.runtime.container('web').spec;
    using _listener = endpoint.listen(8080, (connection) => connection.pipe(connection));
    const connection = stand.connect('/web/portforward?ports=8080', ['v4.channel.k8s.io']);
    await connection.opened();
    await expect.poll(() => connection.messages.length).toBeGreaterThanOrEqual(2);
    expect(connection.messages.slice(0, 2).map((message) => [...message])).toEqual([
      [0, 0x90, 0x1f],
      [1, 0x90, 0x1f],
    ]);
    connection.send(0, 'ping');
    await expect.poll(() => connection.channel(0)).toContain('ping');
  });

  it('tells that nothing listens', async () => {
    await using stand = await StreamingStand.open({});
    const connection = stand.connect('/web/portforward?ports=9999', ['v4.channel.k8s.io']);
    await connection.closed;
    expect(connection.channel(1)).toContain('error forwarding port 9999 to pod');
    expect(connection.channel(1)).toContain('connection refused');
  });

  it('refuses ports that are none', async () => {
    await using stand = await StreamingStand.open({});
    expect((await stand.connect('/web/portforward?ports=99999', ['v4.channel.k8s.io']).refused).code).toBe(400);
  });
});
