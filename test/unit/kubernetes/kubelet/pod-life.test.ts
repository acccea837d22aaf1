import { describe, expect, it } from 'vitest';
import { POD } from '../../../../lab-server/embedded/kubernetes/kubelet/kinds.ts';
import { aContainer, TestNode } from './a-node.ts';

describe('a pod on a node', () => {
  it('is pulled for, created, started and reported as a real kubelet does', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.clock.advance(10);
    expect(node.pod('web').status?.phase).toBe('Pending');
    expect(node.status('web').state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    await node.phase('web', 'Running');
    expect(node.errors).toEqual([]);
    const status = node.status('web');
    expect(status).toMatchObject({
      name: 'web',
      image: 'docker.io/library/nginx:latest',
      imageID: `docker.io/library/nginx@sha256:${'a'.repeat(64)}`,
      ready: true,
      started: true,
      restartCount: 0,
      lastState: {},
      user: { linux: { uid: 0, gid: 0, supplementalGroups: [0] } },
    });
    expect(status.containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/);
    expect(node.pod('web').status).toMatchObject({
      podIP: '10.244.0.2',
      podIPs: [{ ip: '10.244.0.2' }],
      hostIP: '192.168.49.2',
      hostIPs: [{ ip: '192.168.49.2' }],
      qosClass: 'BestEffort',
      observedGeneration: 1,
    });
    expect(node.pod('web').status?.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(node.events('web')).toEqual([
      'Pulling: Pulling image "nginx:latest"',
      'Pulled: Successfully pulled image "nginx:latest" in 1.2s (1.2s including waiting). Image size: 72000000 bytes.',
      'Created: Container created',
      'Started: Container started',
    ]);
  });

  it('is ready after its neighbour that was asked for first', async () => {
    using node = new TestNode();
    for (const name of ['a', 'b', 'c']) {
      node.run(name, { containers: [aContainer()] });
    }
    const running = () => ['a', 'b', 'c'].filter((name) => node.pod(name).status?.phase === 'Running').join('');
    const seen: string[] = [];
    for (let step = 0; step < 400 && running() !== 'abc'; step += 1) {
      await node.clock.advance(10);
      if (running() !== seen.at(-1)) {
        seen.push(running());
      }
    }
    expect(seen).toEqual(['', 'a', 'ab', 'abc']);
  });

  it('leaves nothing when it is deleted before it is set up', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.clock.advance(10);
    node.client.delete(POD, 'default', 'web');
    await node.until(() => !node.exists('web'));
    expect(node.clock.pending).toBe(0);
    expect(node.runtime.containers).toEqual([]);
    node.run('next', { containers: [aContainer()] });
    await node.phase('next', 'Running');
    expect(node.pod('next').status?.podIP).toBe('10.244.0.2');
    expect(node.errors).toEqual([]);
  });

  it('goes gracefully when it is deleted', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    node.client.delete(POD, 'default', 'web');
    await node.until(() => !node.exists('web'));
    expect(node.events('web').at(-1)).toBe('Killing: Stopping container web');
    expect(node.runtime.container('web').state).toBe('exited');
    expect(node.errors).toEqual([]);
  });

  it('is killed when its grace period is over', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{}]);
    node.run('web', { containers: [aContainer()], terminationGracePeriodSeconds: 5 });
    await node.phase('web', 'Running');
    node.client.delete(POD, 'default', 'web');
    await node.clock.advance(4_000);
    expect(node.exists('web')).toBe(true);
    await node.clock.advance(2_000);
    expect(node.exists('web')).toBe(false);
  });

  it('is killed at once when it is deleted by force', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{}]);
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    node.client.delete(POD, 'default', 'web', { gracePeriodSeconds: 0 });
    await node.clock.advance(10);
    expect(node.runtime.container('web').state).toBe('exited');
  });

  it('waits for an image that does not exist with the back-off of a kubelet', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer('web', { image: 'nosuch:1' })] });
    await node.until(() => node.status('web').state?.waiting?.reason === 'ErrImagePull');
    expect(node.status('web').state?.waiting?.message).toBe(
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nosuch:1": failed to resolve image: docker.io/library/nosuch:1: not found',
    );
    await node.until(() => node.status('web').state?.waiting?.reason === 'ImagePullBackOff');
    expect(node.status('web').state?.waiting?.message).toContain('Back-off pulling image "nosuch:1": ErrImagePull: rpc error');
    expect(node.events('web')).toEqual([
      'Pulling: Pulling image "nosuch:1"',
      expect.stringContaining('Failed: Failed to pull image "nosuch:1": rpc error: code = NotFound'),
      'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "nosuch:1"',
      'Failed: Error: ImagePullBackOff',
    ]);
  });

  it('restarts a container that crashes, at once at first and then ever later', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ exitsAfterMs: 100, exitCode: 1 }]);
    node.run('web', { containers: [aContainer()] });
    await node.until(() => node.runtime.containers.length === 2);
    const starts: number[] = [];
    for (let count = 3; count <= 8; count += 1) {
      await node.until(() => node.status('web').state?.waiting?.reason === 'CrashLoopBackOff');
      const began = node.clock.now();
      await node.until(() => node.runtime.containers.length === count);
      starts.push(Math.round((node.clock.now() - began) / 1000) + 1);
    }
    expect(starts).toEqual([10, 20, 40, 80, 160, 300]);
    expect(node.status('web').restartCount).toBe(7);
    expect(node.status('web').lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    expect(node.pod('web').status?.phase).toBe('Running');
    const { uid } = node.pod('web').metadata;
    await node.until(() => node.status('web').state?.waiting?.reason === 'CrashLoopBackOff');
    expect(node.status('web').state?.waiting?.message).toBe(`back-off 5m0s restarting failed container=web pod=web_default(${uid})`);
    expect(node.events('web')).toContain(`BackOff: Back-off restarting failed container web in pod web_default(${uid})`);
  });

  it('is Succeeded when all its containers ended well and none is to restart', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('job', [{ exitsAfterMs: 500 }]);
    node.run('job', { restartPolicy: 'Never', containers: [aContainer('job')] });
    await node.phase('job', 'Succeeded');
    expect(node.status('job').state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(node.condition('job', 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    expect(node.condition('job', 'PodReadyToStartContainers')?.status).toBe('False');
  });

  it('is Failed when a container ended badly and none is to restart', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('job', [{ exitsAfterMs: 500, exitCode: 3 }]);
    node.run('job', { restartPolicy: 'Never', containers: [aContainer('job')] });
    await node.phase('job', 'Failed');
    expect(node.status('job').state?.terminated?.exitCode).toBe(3);
    expect(node.condition('job', 'Ready')).toMatchObject({ status: 'False', reason: 'PodFailed' });
  });

  it('says OOMKilled when the memory limit was passed', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('hog', [{ exitsAfterMs: 500, exitCode: 137, oomKilled: true }]);
    node.run('hog', { restartPolicy: 'Never', containers: [aContainer('hog')] });
    await node.phase('hog', 'Failed');
    expect(node.status('hog').state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('reports a program that does not exist as a start error', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ startError: 'exec: "nosuch": executable file not found in $PATH' }]);
    node.run('web', { containers: [aContainer()] });
    await node.until(() => node.status('web').state?.waiting?.reason === 'CrashLoopBackOff');
    expect(node.status('web').lastState?.terminated).toMatchObject({ reason: 'StartError', exitCode: 128 });
  });

  it('runs init containers in order before its own', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('first', [{ exitsAfterMs: 1000 }]);
    node.runtime.scripts.set('second', [{ exitsAfterMs: 1000 }]);
    node.run('web', { initContainers: [aContainer('first'), aContainer('second')], containers: [aContainer()] });
    await node.clock.advance(20);
    expect(node.status('web').state?.waiting?.reason).toBe('PodInitializing');
    expect(node.condition('web', 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [first second]',
    });
    await node.phase('web', 'Running');
    expect(node.runtime.containers.map(({ spec }) => spec.name)).toEqual(['first', 'second', 'web']);
    expect(node.pod('web').status?.initContainerStatuses?.every(({ ready }) => ready)).toBe(true);
    expect(node.condition('web', 'Initialized')?.status).toBe('True');
  });

  it('keeps sidecars running beside its containers and ends them last', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('job', [{ exitsAfterMs: 1000 }]);
    node.run('job', {
      restartPolicy: 'Never',
      initContainers: [aContainer('proxy', { restartPolicy: 'Always' })],
      containers: [aContainer('job')],
    });
    await node.phase('job', 'Running');
    expect(node.runtime.containers.map(({ spec }) => spec.name)).toEqual(['proxy', 'job']);
    await node.phase('job', 'Succeeded');
    expect(node.runtime.container('proxy').state).toBe('exited');
    expect(node.events('job')).toContain('Killing: Stopping container proxy');
  });

  it('fails when its deadline passes', async () => {
    using node = new TestNode();
    node.run('slow', { restartPolicy: 'Never', activeDeadlineSeconds: 10, containers: [aContainer('slow')] });
    await node.phase('slow', 'Failed');
    expect(node.pod('slow').status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  it('comes back after a restart of the cluster as if nothing had happened', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    const before = node.status('web');
    node.kubelet[Symbol.dispose]();
    await node.clock.advance(60_000);
    const events = node.events('web').length;
    using again = new TestNode({ clock: node.clock, client: node.client });
    await again.until(() => again.runtime.containers.length === 1);
    await again.clock.advance(5_000);
    expect(again.status('web')).toEqual(before);
    expect(again.pod('web').status?.podIP).toBe('10.244.0.2');
    expect(again.runtime.container('web').id).toBe(before.containerID?.replace('containerd://', ''));
    expect(again.events('web').length).toBe(events);
    expect(again.errors).toEqual([]);
  });
});

describe('a container that was restarted', () => {
  it('is Running and ready again, with its end before as its last state', async () => {
    using node = new TestNode();
    node.runtime.scripts.set('web', [{ exitsAfterMs: 1_000, exitCode: 2 }, { stopsInMs: 100 }]);
    node.run('web', { containers: [aContainer()] });
    await node.until(() => node.status('web').restartCount === 1);
    expect(node.status('web')).toMatchObject({ ready: true, started: true, restartCount: 1 });
    expect(node.status('web').state?.running).toBeDefined();
    expect(node.status('web').lastState?.terminated).toMatchObject({ exitCode: 2, reason: 'Error' });
    expect(node.condition('web', 'Ready')?.status).toBe('True');
  });
});

describe('the status writes of a pod', () => {
  it('are as few as a real kubelet’s: creating, running, and its end', async () => {
    using node = new TestNode();
    const seen: string[] = [];
    using _watch = node.client.watch(POD, ({ type, object }) => {
      const state = object.status?.containerStatuses?.[0]?.state ?? {};
      seen.push(`${type} ${object.status?.phase} ${Object.keys(state)[0] ?? '-'} ${object.status?.podIP ?? '-'}`);
    });
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    await node.clock.advance(1_000);
    node.client.delete(POD, 'default', 'web');
    await node.until(() => !node.exists('web'));
    await node.clock.advance(10);
    expect(seen).toEqual([
      'ADDED Pending - -',
      'MODIFIED Pending waiting -',
      'MODIFIED Running running 10.244.0.2',
      'MODIFIED Running running 10.244.0.2',
      'MODIFIED Succeeded terminated 10.244.0.2',
      'DELETED Succeeded terminated 10.244.0.2',
    ]);
  });
});
