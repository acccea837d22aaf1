import { PassThrough, Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryFileSystem } from '../../../../lab-server/embedded/runtime/index.ts';
import { collector, loadPrograms, logOf, run, runtimeLab, script, settled } from '../lab.ts';

beforeAll(loadPrograms, 60_000);

describe('the life of a container', () => {
  it('runs a command to its end and tells its exit code and times', async () => {
    await using lab = runtimeLab();
    const container = await lab.create('busybox', { command: ['sh', '-c', 'echo out; echo err >&2; sleep 2; exit 3'] });
    expect(container.state).toBe('created');
    await container.start();
    expect(container.state).toBe('running');
    await settled();
    expect(logOf(container, 'stdout')).toEqual(['out']);
    expect(logOf(container, 'stderr')).toEqual(['err']);
    const startedAt = container.startedAt;
    await lab.clock.advance(2_000);
    expect(await container.exited).toEqual({ exitCode: 3, oomKilled: false, startedAt, finishedAt: (startedAt ?? 0) + 2_000 });
    expect(container.state).toBe('exited');
  });

  it('prints line by line as it happens, with the time of each line', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { command: ['sh', '-c', 'while true; do date +%S; sleep 5; done'] });
    await lab.clock.advance(10_000);
    expect(logOf(container)).toEqual(['00', '05', '10']);
    const [first, second] = container.log.lines();
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(5_000);
  });

  it('stops nginx at once by its stop signal, and a shell that handles TERM', async () => {
    await using lab = runtimeLab();
    const nginx = await lab.start('nginx');
    expect(await nginx.stop(30_000)).toMatchObject({ exitCode: 0 });
    const trapping = await lab.start('busybox', { command: ['sh', '-c', 'trap "echo bye; exit 7" TERM; while true; do sleep 1; done'] });
    const stopped = trapping.stop(30_000);
    await lab.clock.advance(1_000);
    expect(await stopped).toMatchObject({ exitCode: 7 });
    expect(logOf(trapping)).toEqual(['bye']);
  });

  it('kills process 1 after the grace time when it ignores TERM, as the kernel lets it', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { command: ['sleep', '3600'] });
    const stopped = container.stop(30_000);
    await lab.clock.advance(29_999);
    expect(container.state).toBe('running');
    await lab.clock.advance(1);
    expect(await stopped).toMatchObject({ exitCode: 137, signal: 9, oomKilled: false });
  });

  it.each([
    [['nosuch'], 'exec: "nosuch": executable file not found in $PATH'],
    [['/bin/nosuch'], 'exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory'],
    [['/etc/passwd'], 'exec: "/etc/passwd": permission denied'],
  ])('says in the words of runc why %j cannot start', async (command, reason) => {
    await using lab = runtimeLab();
    const container = await lab.create('busybox', { command });
    await expect(container.start()).rejects.toThrow(
      `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${reason}`,
    );
  });

  it('runs scripts by their first line, from a mounted volume too', async () => {
    await using lab = runtimeLab();
    const volume = createMemoryFileSystem(lab.clock);
    await volume.writeFile('/run.sh', '#!/bin/sh\necho "$0 says $1"\n');
    await volume.chmod('/run.sh', 0o755);
    const container = await lab.start('busybox', {
      command: ['/scripts/run.sh', 'hi'],
      mounts: [{ path: '/scripts', files: volume, sourcePath: '/', readOnly: true }],
    });
    expect(logOf(container)).toEqual(['/scripts/run.sh says hi']);
    expect(await container.exited).toMatchObject({ exitCode: 0 });
  });

  it('may use more, or less, once its limits are changed', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('polinux/stress', {
      command: ['sh', '-c', 'sleep 1; stress --vm 1 --vm-bytes 30M --vm-hang 5; sleep 3600'],
      limits: { memoryBytes: 20 * 1024 * 1024 },
    });
    container.setLimits?.({ memoryBytes: 64 * 1024 * 1024 });
    await lab.clock.advance(3_000);
    expect(container.state).toBe('running');
    expect(container.usage().memoryBytes).toBeGreaterThan(30 * 1024 * 1024);
    container.setLimits?.({ memoryBytes: 20 * 1024 * 1024 });
    await lab.clock.advance(20_000);
    expect(await container.exited).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  it('gives its files and its log to the container that takes its place', async () => {
    await using lab = runtimeLab();
    const first = await lab.start('busybox', { command: ['sh', '-c', 'echo one; echo kept > /root/note; rm /etc/group; sleep 3600'] });
    await lab.clock.advance(1_000);
    const left = JSON.parse(JSON.stringify(first.snapshot?.())) as NonNullable<ReturnType<NonNullable<typeof first.snapshot>>>;
    const second = await lab.start('busybox', { command: ['sh', '-c', 'cat /root/note; ls /etc/group'], restored: left });
    await second.exited;
    expect(logOf(second)).toEqual(['one', 'kept', 'ls: /etc/group: No such file or directory']);
  });

  it('is killed with everything in it when its memory passes the limit', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', {
      command: ['sh', '-c', 'sleep 1; tail /dev/zero'],
      limits: { memoryBytes: 20 * 1024 * 1024 },
    });
    await lab.clock.advance(60_000);
    expect(await container.exited).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  it('cannot fill more than the disk that all containers share, and gives its part back', async () => {
    const { createRuntime } = await import('../../../../lab-server/embedded/runtime/index.ts');
    const { ManualClock } = await import('../../../../lab-server/base/index.ts');
    const runtime = createRuntime({ clock: new ManualClock(), storageBytes: 1_000_000 });
    const image = await runtime.images.pull('busybox', new AbortController().signal);
    const start = async (address: string) => {
      const container = runtime.create({
        name: 'main',
        image,
        command: ['sleep', '100'],
        env: {},
        hostname: 'h',
        endpoint: runtime.network.attach(address),
      });
      await container.start();
      return container;
    };
    const [one, other] = [await start('10.0.0.1'), await start('10.0.0.2')];
    await one.files.writeFile('/tmp/big', Buffer.alloc(900_000));
    expect((await script(other, 'head -c 200000 /dev/zero > /tmp/more')).stderr).toContain('No space left on device');
    one.kill();
    await one.exited;
    await other.files.writeFile('/tmp/more', Buffer.alloc(900_000));
    await runtime[Symbol.asyncDispose]();
  });

  it('takes what runs by exec with it', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('nginx');
    const running = run(container, ['sleep', '1000']);
    await settled();
    container.kill();
    expect((await running).code).toBe(137);
    await expect(run(container, ['true'])).rejects.toThrow('is not running');
  });

  it('gives the environment, host name, user, working directory and files that it was asked for', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('nginx', { env: { GREETING: 'hello' }, hostname: 'web-7', workingDir: '/srv/app', user: '101' });
    const ran = await script(container, 'echo $GREETING; hostname; pwd; id -u; whoami; cat /etc/hostname; grep web-7 /etc/hosts');
    expect(ran.stdout).toBe(`hello\nweb-7\n/srv/app\n101\nnginx\nweb-7\n${container.spec.endpoint.address}\tweb-7\n`);
  });

  it('keeps the newest lines when it prints a lot', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', {
      command: [
        'sh',
        '-c',
        'i=0; while [ $i -lt 6000 ]; do i=$((i+1)); echo "line $i of a container that talks and talks and talks"; done',
      ],
    });
    await lab.clock.advance(60_000);
    await container.exited;
    const lines = logOf(container);
    expect(lines.at(-1)).toContain('line 6000');
    expect(lines.length).toBeLessThan(6000);
    expect(lines.reduce((sum, line) => sum + line.length, 0)).toBeLessThan(256 * 1024);
  });

  it('lets its log be followed until it ends', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { command: ['sh', '-c', 'echo early; sleep 1; echo late; printf partial'] });
    const followed = (async () => {
      const lines: string[] = [];
      for await (const line of container.log.follow(new AbortController().signal)) {
        lines.push(line.text);
      }
      return lines;
    })();
    await lab.clock.advance(1_000);
    expect(await followed).toEqual(['late', 'partial']);
  });

  it('attaches to the main process, its input ending with the attachment', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { command: ['cat'], stdin: true });
    const stdout = collector();
    await container.attach({
      stdin: Readable.from([Buffer.from('typed\n')]),
      stdout: stdout.stream,
      stderr: new PassThrough(),
      signal: new AbortController().signal,
    });
    expect(await container.exited).toMatchObject({ exitCode: 0 });
    expect(stdout.text()).toBe('typed\n');
    expect(logOf(container)).toEqual(['typed']);
  });

  it('has a terminal as its main process when asked: kubectl run -it', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { tty: true, stdin: true });
    const stdin = new PassThrough();
    const stdout = collector();
    const attached = container.attach({ stdin, stdout: stdout.stream, stderr: new PassThrough(), signal: new AbortController().signal });
    stdin.write('echo $((40+2))\r');
    await settled();
    stdin.write('exit 5\r');
    await attached;
    expect(await container.exited).toMatchObject({ exitCode: 5 });
    expect(stdout.text()).toContain('\r\n42\r\n');
  });

  it('follows the requests it serves with its processor usage', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('nginx');
    const client = await lab.start('nginx');
    expect(container.usage().cpuMillicores).toBe(0);
    expect(container.usage().memoryBytes).toBeGreaterThan(2 * 1024 * 1024);
    for (let request = 0; request < 50; request += 1) {
      await run(client, ['curl', '-s', '-o', '/dev/null', container.spec.endpoint.address]);
    }
    expect(container.usage().cpuMillicores).toBeGreaterThan(0);
    await lab.clock.advance(120_000);
    expect(container.usage().cpuMillicores).toBe(0);
  });

  it('slows a loop that never waits down to what its limit allows, and counts it', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { command: ['sh', '-c', 'while true; do :; done'], limits: { cpuMillicores: 500 } });
    for (let step = 0; step < 25; step += 1) {
      await lab.clock.advance(1_000);
    }
    const { cpuMillicores } = container.usage();
    expect(cpuMillicores).toBeGreaterThan(400);
    expect(cpuMillicores).toBeLessThan(620);
    container.kill();
    await container.exited;
  });
});
