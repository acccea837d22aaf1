import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../../lab-server/embedded/kubernetes/types.ts';
import { aPod, collect, hasKubectl, NodeStand } from './node-stand.ts';

const NGINX = { image: 'nginx:latest', ports: [{ containerPort: 80 }] };
const LOOP = { command: ['sh', '-c', 'while true; do sleep 1; done'] };

describe.skipIf(!hasKubectl)('a node, through kubectl', () => {
  let stand: NodeStand;

  beforeAll(async () => {
    stand = await NodeStand.open();
    await stand.apply(aPod('web', NGINX));
    await stand.apply(aPod('box', LOOP));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/web', 'pod/box', '--timeout=20s');
  });

  afterAll(() => stand[Symbol.asyncDispose]());

  it('describes how a pod came to run', async () => {
    const text = await stand.kubectl('describe', 'pod', 'web');
    expect(text).toContain('Successfully assigned default/web to minikube');
    expect(text).toMatch(/Pulling\s+\S+\s+kubelet .*Pulling image "nginx:latest"/);
    expect(text).toMatch(/Created\s+\S+\s+kubelet .*Container created/);
    expect(text).toMatch(/Started\s+\S+\s+kubelet .*Container started/);
  });

  it('runs commands in containers, with their input, output and exit codes', async () => {
    expect(await stand.kubectl('exec', 'web', '--', 'echo', 'hello')).toBe('hello\n');
    const failed = await stand.run(['exec', 'web', '--', 'sh', '-c', 'echo oops >&2; exit 3']);
    expect(failed).toEqual({ code: 3, stdout: '', stderr: 'oops\ncommand terminated with exit code 3\n' });
    const piped = await stand.run(['exec', '-i', 'web', '--', 'cat'], 'line one\nline two\n');
    expect(piped.stdout).toBe('line one\nline two\n');
    const missing = await stand.run(['exec', 'web', '--', 'nosuchcommand']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('exec: "nosuchcommand": executable file not found in $PATH');
  });

  it('carries a large input without losing a byte', async () => {
    const text = `${'0123456789abcdef'.repeat(64)}\n`.repeat(300);
    const piped = await stand.run(['exec', '-i', 'web', '--', 'cat'], text);
    expect(piped.stdout === text).toBe(true);
  });

  it('shows logs: all, the last lines, and as they come', async () => {
    await stand.apply(aPod('teller', { command: ['sh', '-c', 'echo one; echo two; sleep 1; echo three'] }, { restartPolicy: 'Never' }));
    await stand.kubectl('wait', '--for=jsonpath={.status.phase}=Running', 'pod/teller', '--timeout=20s');
    expect(await stand.kubectl('logs', '-f', 'teller')).toBe('one\ntwo\nthree\n');
    expect(await stand.kubectl('logs', 'teller', '--tail=1')).toBe('three\n');
    expect(await stand.kubectl('logs', 'teller', '--timestamps', '--tail=1')).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d+Z three\n$/);
    const pod = await stand.json<Pod>('get', 'pod', 'teller');
    expect(pod.status).toMatchObject({ phase: 'Succeeded' });
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  it('forwards a local port to a pod, several connections at once', async () => {
    const forward = stand.start(['port-forward', 'web', ':80']);
    const output = collect(forward.stdout);
    await expect.poll(output, { timeout: 10_000 }).toMatch(/Forwarding from 127\.0\.0\.1:\d+ -> 80/);
    const port = /127\.0\.0\.1:(\d+)/.exec(output())?.[1];
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`http://127.0.0.1:${port}/`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    const pages = await Promise.all(answers.map((answer) => answer.text()));
    expect(pages.every((page) => page.includes('Welcome to nginx!'))).toBe(true);
    forward.kill();
  });

  it('attaches to a container that reads its input', async () => {
    await stand.apply(
      aPod('reader', { stdin: true, stdinOnce: true, command: ['sh', '-c', 'read line; echo "got $line"'] }, { restartPolicy: 'Never' }),
    );
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/reader', '--timeout=20s');
    const attached = await stand.run(['attach', '-i', 'reader'], 'hello\n');
    expect(attached.stdout).toContain('got hello');
  });

  it('waits with an image that does not exist', async () => {
    await stand.apply(aPod('typo', { image: 'nginx:nosuchtag' }));
    await expect.poll(() => stand.kubectl('get', 'pod', 'typo'), { timeout: 10_000 }).toMatch(/ImagePullBackOff/);
    const text = await stand.kubectl('describe', 'pod', 'typo');
    expect(text).toContain('Failed to pull image "nginx:nosuchtag": rpc error: code = NotFound');
    expect(text).toContain('docker.io/library/nginx:nosuchtag: not found');
    const logs = await stand.run(['logs', 'typo']);
    expect(logs.stderr).toContain('container "main" in pod "typo" is waiting to start: trying and failing to pull image');
  });

  it('backs off from a container that crashes, and keeps the log of its last run', async () => {
    await stand.apply(aPod('crash', { command: ['sh', '-c', 'echo bye; exit 1'] }));
    await expect.poll(() => stand.kubectl('get', 'pod', 'crash'), { timeout: 10_000 }).toMatch(/CrashLoopBackOff/);
    expect(await stand.kubectl('logs', 'crash', '--previous')).toBe('bye\n');
    expect(await stand.kubectl('describe', 'pod', 'crash')).toContain('Back-off restarting failed container main in pod crash_default(');
  });

  it('shows a ConfigMap as files that follow its changes, and as variables that do not', async () => {
    await stand.kubectl('create', 'configmap', 'settings', '--from-literal=color=blue');
    const volumes = [{ name: 'settings', configMap: { name: 'settings' } }];
    const container = {
      ...LOOP,
      env: [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
      volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
    };
    await stand.apply(aPod('configured', container, { volumes }));
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/configured', '--timeout=20s');
    const read = () => stand.kubectl('exec', 'configured', '--', 'sh', '-c', 'cat /etc/settings/color; echo " $COLOR"');
    expect(await read()).toBe('blue blue\n');
    await stand.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"color":"green"}}');
    await expect.poll(read, { timeout: 10_000 }).toBe('green blue\n');
    expect(await stand.kubectl('exec', 'configured', '--', 'ls', '/etc/settings')).toBe('color\n');
  });

  it('says why no node takes a pod', async () => {
    await stand.apply(aPod('huge', { resources: { requests: { cpu: '64' } } }));
    await expect
      .poll(() => stand.kubectl('describe', 'pod', 'huge'), { timeout: 10_000 })
      .toContain(
        '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
      );
  });

  it('goes on after a restart of the server as if nothing had happened', async () => {
    const before = await stand.json<Pod>('get', 'pod', 'web');
    await stand.restart();
    await stand.kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=20s');
    await expect
      .poll(() => stand.run(['exec', 'web', '--', 'echo', 'here']).then(({ stdout }) => stdout), { timeout: 10_000 })
      .toBe('here\n');
    expect(await stand.json<Pod>('get', 'pod', 'web')).toEqual(before);
  });

  it('met no error that nothing expected', () => {
    expect(stand.errors).toEqual([]);
  });
});
