import { describe, expect, it } from 'vitest';
import { CONFIG_MAP, SECRET, SERVICE } from '../../../../lab-server/embedded/kubernetes/kubelet/kinds.ts';
import { aContainer, TestNode } from './a-node.ts';

function aConfigMap(node: TestNode, name: string, data: Record<string, string>): void {
  node.client.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data });
}

function aSecret(node: TestNode, name: string, data: Record<string, string>): void {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  node.client.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data: encoded });
}

describe('a container’s environment', () => {
  it('comes from literals, fields, resources, ConfigMaps and Secrets, with references expanded', async () => {
    using node = new TestNode();
    aConfigMap(node, 'settings', { COLOR: 'blue', SIZE: '3' });
    aSecret(node, 'credentials', { password: 's3cret' });
    node.run(
      'web',
      {
        serviceAccountName: 'default',
        containers: [
          aContainer('web', {
            resources: { limits: { memory: '64Mi' }, requests: { cpu: '250m' } },
            envFrom: [{ prefix: 'CFG_', configMapRef: { name: 'settings' } }],
            env: [
              { name: 'GREETING', value: 'hello $(CFG_COLOR) $(NOSUCH) $$(CFG_COLOR)' },
              { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
              { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
              { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
              { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
              { name: 'ALL', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
              { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'credentials', key: 'password' } } },
              { name: 'MAYBE', valueFrom: { configMapKeyRef: { name: 'absent', key: 'x', optional: true } } },
            ],
            args: ['--color=$(CFG_COLOR)'],
          }),
        ],
      },
      { labels: { app: 'shop' } },
    );
    await node.phase('web', 'Running');
    const { spec } = node.runtime.container('web');
    expect(spec.env).toMatchObject({
      CFG_COLOR: 'blue',
      CFG_SIZE: '3',
      GREETING: 'hello blue $(NOSUCH) $(CFG_COLOR)',
      POD: 'web',
      APP: 'shop',
      IP: '10.244.0.2',
      HOST: '192.168.49.2',
      LIMIT: '64',
      CPU: '250',
      ALL: '2',
      PASSWORD: 's3cret',
    });
    expect(spec.env).not.toHaveProperty('MAYBE');
    expect(spec.command).toEqual(['--color=blue']);
    expect(spec.limits).toEqual({ memoryBytes: 64 * 1024 * 1024 });
  });

  it('names the Services of the namespace, and the API server always', async () => {
    using node = new TestNode();
    const aService = (namespace: string, name: string, clusterIP: string, port: number): void => {
      node.client.create(SERVICE, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: { clusterIP, ports: [{ port }] },
      });
    };
    aService('default', 'my-web', '10.96.1.2', 80);
    aService('default', 'kubernetes', '10.96.0.1', 443);
    aService('other', 'hidden', '10.96.1.3', 80);
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    const { env } = node.runtime.container('web').spec;
    expect(env).toMatchObject({
      MY_WEB_SERVICE_HOST: '10.96.1.2',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_PORT: 'tcp://10.96.1.2:80',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.1.2',
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
    });
    expect(env).not.toHaveProperty('HIDDEN_SERVICE_HOST');
  });

  it('holds a container back until what it refers to exists', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer('web', { envFrom: [{ configMapRef: { name: 'settings' } }] })] });
    await node.until(() => node.status('web').state?.waiting?.reason === 'CreateContainerConfigError');
    expect(node.status('web').state?.waiting?.message).toBe('configmap "settings" not found');
    expect(node.events('web')).toContain('Failed: Error: configmap "settings" not found');
    aConfigMap(node, 'settings', { A: '1' });
    await node.until(() => node.status('web').ready, 1_000);
  });

  it('is refused where the image would run as root and must not', async () => {
    using node = new TestNode();
    node.run('web', { securityContext: { runAsNonRoot: true }, containers: [aContainer()] });
    await node.until(() => node.status('web').state?.waiting?.reason === 'CreateContainerConfigError');
    expect(node.status('web').state?.waiting?.message).toContain('container has runAsNonRoot and image will run as root');
  });

  it('runs as the user that the security context names', async () => {
    using node = new TestNode();
    node.run('web', { securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 }, containers: [aContainer()] });
    await node.phase('web', 'Running');
    expect(node.runtime.container('web').spec.user).toBe('1000:3000');
    expect(node.status('web').user).toEqual({ linux: { uid: 1000, gid: 3000, supplementalGroups: [2000, 3000] } });
  });
});

describe('a pod’s volumes', () => {
  async function read(node: TestNode, mountPath: string, file: string): Promise<string> {
    const mount = node.runtime.container('web').spec.mounts?.find(({ path }) => path === mountPath);
    if (!mount) {
      throw new Error(`nothing is mounted at ${mountPath}`);
    }
    return mount.files.readFile(`${mount.sourcePath === '/' ? '' : mount.sourcePath}/${file}`);
  }

  it('show a ConfigMap as files that follow its changes', async () => {
    using node = new TestNode();
    aConfigMap(node, 'site', { 'index.html': 'one', extra: 'x' });
    node.run('web', {
      volumes: [{ name: 'html', configMap: { name: 'site' } }],
      containers: [aContainer('web', { volumeMounts: [{ name: 'html', mountPath: '/html' }] })],
    });
    await node.phase('web', 'Running');
    expect(await read(node, '/html', 'index.html')).toBe('one');
    node.change(CONFIG_MAP, 'site', (current) => ({ ...current, data: { 'index.html': 'two' } }));
    await node.clock.advance(100);
    expect(await read(node, '/html', 'index.html')).toBe('two');
    await expect(read(node, '/html', 'extra')).rejects.toThrow('ENOENT');
  });

  it('show chosen keys under chosen paths, and Secrets decoded', async () => {
    using node = new TestNode();
    aSecret(node, 'tls', { key: 'private', cert: 'public' });
    node.run('web', {
      volumes: [{ name: 'tls', secret: { secretName: 'tls', items: [{ key: 'key', path: 'private/key.pem' }] } }],
      containers: [aContainer('web', { volumeMounts: [{ name: 'tls', mountPath: '/tls', readOnly: true }] })],
    });
    await node.phase('web', 'Running');
    expect(await read(node, '/tls', 'private/key.pem')).toBe('private');
    expect(node.status('web').volumeMounts).toEqual([{ name: 'tls', mountPath: '/tls', readOnly: true, recursiveReadOnly: 'Disabled' }]);
  });

  it('show the service account’s token, the namespace and labels by projection', async () => {
    using node = new TestNode();
    node.run(
      'web',
      {
        serviceAccountName: 'robot',
        volumes: [
          {
            name: 'api',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                {
                  downwardAPI: {
                    items: [
                      { path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } },
                      { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
        containers: [aContainer('web', { volumeMounts: [{ name: 'api', mountPath: '/api' }] })],
      },
      { labels: { app: 'web', tier: 'front' } },
    );
    await node.phase('web', 'Running');
    expect(await read(node, '/api', 'token')).toBe('token-of-default-robot');
    expect(await read(node, '/api', 'namespace')).toBe('default');
    expect(await read(node, '/api', 'labels')).toBe('app="web"\ntier="front"');
  });

  it('are shared by the containers of a pod, and by pods of a node where they are its own', async () => {
    using node = new TestNode();
    const volumes = [
      { name: 'host', hostPath: { path: '/data' } },
      { name: 'scratch', emptyDir: {} },
    ];
    const volumeMounts = [
      { name: 'host', mountPath: '/host' },
      { name: 'scratch', mountPath: '/scratch' },
    ];
    node.run('one', { volumes, containers: [aContainer('a', { volumeMounts }), aContainer('b', { volumeMounts })] });
    node.run('two', { volumes, containers: [aContainer('c', { volumeMounts })] });
    await node.phase('one', 'Running');
    await node.phase('two', 'Running');
    const filesOf = (name: string, path: string) => node.runtime.container(name).spec.mounts?.find((mount) => mount.path === path)?.files;
    expect(filesOf('a', '/scratch')).toBe(filesOf('b', '/scratch'));
    expect(filesOf('a', '/scratch')).not.toBe(filesOf('c', '/scratch'));
    expect(filesOf('a', '/host')).toBe(filesOf('c', '/host'));
  });

  it('hold the pod back when their source is missing, and let it go on when it appears', async () => {
    using node = new TestNode();
    node.run('web', {
      volumes: [{ name: 'html', configMap: { name: 'site' } }],
      containers: [aContainer('web', { volumeMounts: [{ name: 'html', mountPath: '/html' }] })],
    });
    await node.until(() => node.events('web').length > 0);
    expect(node.events('web')).toEqual(['FailedMount: MountVolume.SetUp failed for volume "html" : configmap "site" not found']);
    expect(node.status('web').state?.waiting?.reason).toBe('ContainerCreating');
    aConfigMap(node, 'site', { 'index.html': 'one' });
    await node.phase('web', 'Running');
  });
});
