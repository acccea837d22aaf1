import { describe, expect, it } from 'vitest';
import { openLog } from '../../../../lab-server/embedded/kubernetes/api/streaming/index.ts';
import { logOptionsOf } from '../../../../lab-server/embedded/kubernetes/api/streaming/log-options.ts';
import { aContainer, TestNode } from '../kubelet/a-node.ts';

async function logOf(node: TestNode, pod: string, query: Record<string, string> = {}): Promise<string> {
  const host = { client: node.client, clock: node.clock, kubelet: () => node.kubelet, report: (error: unknown) => node.errors.push(error) };
  let text = '';
  for await (const chunk of openLog(host, { namespace: 'default', pod, query: new URLSearchParams(query) })) {
    text += String(chunk);
  }
  return text;
}

async function aTalkingPod(node: TestNode): Promise<void> {
  node.run('web', { containers: [aContainer()] });
  await node.phase('web', 'Running');
  const { lines } = node.runtime.container('web');
  const start = node.clock.now();
  lines.push({ at: start, stream: 'stdout', text: 'one' }, { at: start + 60_000, stream: 'stderr', text: 'two' });
  lines.push({ at: start + 90_000, stream: 'stdout', text: 'three' });
  await node.clock.advance(100_000);
}

describe('a pod’s log', () => {
  it('has all lines, or the last ones, or those since a time', async () => {
    using node = new TestNode();
    await aTalkingPod(node);
    expect(await logOf(node, 'web')).toBe('one\ntwo\nthree\n');
    expect(await logOf(node, 'web', { tailLines: '2' })).toBe('two\nthree\n');
    expect(await logOf(node, 'web', { tailLines: '0' })).toBe('');
    expect(await logOf(node, 'web', { sinceSeconds: '30' })).toBe('three\n');
    expect(await logOf(node, 'web', { limitBytes: '6' })).toBe('one\ntw');
    expect(await logOf(node, 'web', { stream: 'Stderr' })).toBe('two\n');
    expect(await logOf(node, 'web', { timestamps: 'true', tailLines: '1' })).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/);
  });

  it('asks which container where there are several', async () => {
    using node = new TestNode();
    node.run('two', { containers: [aContainer('a'), aContainer('b')] });
    await node.phase('two', 'Running');
    await expect(logOf(node, 'two')).rejects.toThrow('a container name must be specified for pod two, choose one of: [a b]');
    await expect(logOf(node, 'two', { container: 'c' })).rejects.toThrow('container c is not valid for pod two');
  });

  it('says why there is none yet', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    node.run('bad', { containers: [aContainer('bad', { image: 'nosuch' })] });
    await node.clock.advance(10);
    await expect(logOf(node, 'web')).rejects.toThrow('container "web" in pod "web" is waiting to start: ContainerCreating');
    await node.until(() => node.status('bad').state?.waiting?.reason === 'ErrImagePull');
    await expect(logOf(node, 'bad')).rejects.toThrow(`container "bad" in pod "bad" is waiting to start: image can't be pulled`);
    await node.until(() => node.status('bad').state?.waiting?.reason === 'ImagePullBackOff');
    await expect(logOf(node, 'bad')).rejects.toThrow('container "bad" in pod "bad" is waiting to start: trying and failing to pull image');
    await expect(logOf(node, 'none')).rejects.toThrow('pods "none" not found');
  });

  it('keeps the run before, and says when there was none', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ exitsAfterMs: 1_000, exitCode: 1 }, { stopsInMs: 100 }]);
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    await expect(logOf(node, 'web', { previous: 'true' })).rejects.toThrow('previous terminated container "web" in pod "web" not found');
    node.runtime.container('web').lines.push({ at: node.clock.now(), stream: 'stdout', text: 'last words' });
    await node.until(() => node.status('web').restartCount === 1);
    expect(await logOf(node, 'web', { previous: 'true' })).toBe('last words\n');
    expect(await logOf(node, 'web')).toBe('');
  });

  it('refuses options that make no sense', () => {
    const options = (query: Record<string, string>) => () => logOptionsOf(new URLSearchParams(query), 'web', 0);
    expect(options({ tailLines: '-1' })).toThrow(
      'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(options({ limitBytes: '0' })).toThrow('limitBytes: Invalid value: 0: must be greater than 0');
    expect(options({ tailLines: 'many' })).toThrow('strconv.ParseInt: parsing "many": invalid syntax');
    expect(options({ sinceSeconds: '1', sinceTime: '2026-01-01T00:00:00Z' })).toThrow('at most one of `sinceTime` or `sinceSeconds`');
  });
});
