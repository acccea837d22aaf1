import { createServer as createHttp2Server } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { quietConnection } from '../../../../lab-server/embedded/kubernetes/kubelet/probes/quiet-connection.ts';
import { aContainer, TestNode } from './a-node.ts';

/** Serves HTTP by hand on a pod's port: enough for a probe. */
function serve(node: TestNode, port: number, status: () => number): Disposable {
  const { endpoint } = node.runtime.container('web').spec;
  return endpoint.listen(port, (connection) => {
    connection.once('data', () => connection.end(`HTTP/1.1 ${status()} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`));
  });
}

describe('a readiness probe', () => {
  it('keeps a pod out of service until it succeeds', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer('web', { readinessProbe: { httpGet: { path: '/ok', port: 8080 }, periodSeconds: 5 } })] });
    await node.phase('web', 'Running');
    await node.clock.advance(1_000);
    expect(node.status('web').ready).toBe(false);
    expect(node.condition('web', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [web]',
    });
    expect(node.events('web')).toContain(
      'Unhealthy: Readiness probe failed: Get "http://10.244.0.2:8080/ok": dial tcp 10.244.0.2:8080: connect: connection refused',
    );
    using _server = serve(node, 8080, () => 200);
    await node.until(() => node.status('web').ready, 6_000);
    expect(node.condition('web', 'Ready')?.status).toBe('True');
  });

  it('takes a pod out of service after the failures it may have', async () => {
    using node = new TestNode();
    let status = 200;
    node.run('web', {
      containers: [
        aContainer('web', {
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: { httpGet: { port: 'http' }, periodSeconds: 1, failureThreshold: 2 },
        }),
      ],
    });
    await node.until(() => node.runtime.containers.length === 1);
    using _server = serve(node, 8080, () => status);
    await node.until(() => node.status('web').ready);
    status = 500;
    await node.until(() => !node.status('web').ready);
    expect(node.events('web').at(-1)).toBe('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500');
    expect(node.status('web').restartCount).toBe(0);
  });

  it('begins at the first tick after its initial delay', async () => {
    using node = new TestNode();
    node.run('web', {
      containers: [aContainer('web', { readinessProbe: { exec: { command: ['true'] }, initialDelaySeconds: 7, periodSeconds: 5 } })],
    });
    await node.phase('web', 'Running');
    await node.clock.advance(9_000);
    expect(node.runtime.container('web').execs).toEqual([]);
    await node.clock.advance(1_500);
    expect(node.runtime.container('web').execs).toEqual([['true']]);
  });
});

describe('a liveness probe', () => {
  it('restarts a container that fails it too often', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ stopsInMs: 100, exec: () => 1 }]);
    node.run('web', {
      containers: [aContainer('web', { livenessProbe: { exec: { command: ['check'] }, periodSeconds: 2, failureThreshold: 3 } })],
    });
    await node.until(() => node.status('web').restartCount === 1);
    expect(node.events('web')).toContain('Killing: Container web failed liveness probe, will be restarted');
    expect(node.events('web').filter((event) => event.startsWith('Unhealthy: Liveness probe failed: '))).not.toEqual([]);
    expect(node.errors).toEqual([]);
  });

  it('knocks on a TCP port', async () => {
    using node = new TestNode();
    node.run('web', {
      containers: [aContainer('web', { livenessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1, failureThreshold: 1 } })],
    });
    await node.until(() => node.events('web').some((event) => event.startsWith('Unhealthy')));
    expect(node.events('web')).toContain('Unhealthy: Liveness probe failed: dial tcp 10.244.0.2:6379: connect: connection refused');
  });

  it('gives up on a command that takes too long', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [
      {
        stopsInMs: 100,
        exec: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })),
      },
    ]);
    node.run('web', {
      containers: [aContainer('web', { livenessProbe: { exec: { command: ['sleep', '99'] }, timeoutSeconds: 2, periodSeconds: 10 } })],
    });
    await node.until(() => node.events('web').some((event) => event.startsWith('Unhealthy')));
    expect(node.events('web').at(-1)).toBe('Unhealthy: Liveness probe failed: command timed out: "sleep 99" timed out after 2s');
  });
});

describe('a startup probe', () => {
  it('holds the others back until it has succeeded once', async () => {
    using node = new TestNode();
    let started = false;
    node.runtime.scripts.set('web', [{ stopsInMs: 100, exec: ({ command }) => (command[0] === 'started' && !started ? 1 : 0) }]);
    node.run('web', {
      containers: [
        aContainer('web', {
          startupProbe: { exec: { command: ['started'] }, periodSeconds: 1, failureThreshold: 30 },
          livenessProbe: { exec: { command: ['alive'] }, periodSeconds: 1 },
          readinessProbe: { exec: { command: ['ready'] }, periodSeconds: 1 },
        }),
      ],
    });
    await node.phase('web', 'Running');
    await node.clock.advance(5_000);
    expect(node.status('web')).toMatchObject({ started: false, ready: false });
    expect(node.runtime.container('web').execs.every(([name]) => name === 'started')).toBe(true);
    started = true;
    await node.until(() => node.status('web').ready);
    expect(node.status('web').started).toBe(true);
    expect(node.runtime.container('web').execs.some(([name]) => name === 'alive')).toBe(true);
  });
});

describe('lifecycle hooks', () => {
  it('run before the stop signal, and within the grace period', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ stopsInMs: 100 }]);
    node.run('web', { containers: [aContainer('web', { lifecycle: { preStop: { sleep: { seconds: 5 } } } })] });
    await node.phase('web', 'Running');
    node.client.delete({ apiVersion: 'v1', kind: 'Pod' }, 'default', 'web');
    await node.clock.advance(4_900);
    expect(node.runtime.container('web').state).toBe('running');
    await node.clock.advance(500);
    expect(node.exists('web')).toBe(false);
  });

  it('kill the container when postStart fails', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ exec: () => 1 }]);
    node.run('web', {
      restartPolicy: 'Never',
      containers: [aContainer('web', { lifecycle: { postStart: { exec: { command: ['register'] } } } })],
    });
    await node.phase('web', 'Failed');
    expect(node.events('web')).toContain('FailedPostStartHook: PostStartHook failed');
  });
});

describe('a gRPC probe', () => {
  /** Answers health checks with this status. */
  function serveHealth(node: TestNode, port: number, status: () => number): Disposable {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, status()]));
    });
    const { endpoint } = node.runtime.container('web').spec;
    return endpoint.listen(port, (connection) => void server.emit('connection', quietConnection(connection)));
  }

  it('asks the health service of the container', async () => {
    using node = new TestNode();
    let status = 1;
    node.run('web', {
      containers: [aContainer('web', { readinessProbe: { grpc: { port: 5000 }, periodSeconds: 1, failureThreshold: 1 } })],
    });
    await node.until(() => node.runtime.containers.length === 1);
    using _server = serveHealth(node, 5000, () => status);
    await node.until(() => node.status('web').ready);
    status = 2;
    await node.until(() => !node.status('web').ready);
    expect(node.events('web').at(-1)).toBe('Unhealthy: Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
    expect(node.errors).toEqual([]);
  });
});
