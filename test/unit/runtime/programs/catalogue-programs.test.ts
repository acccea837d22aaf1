import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryFileSystem } from '../../../../lab-server/embedded/runtime/index.ts';
import { loadPrograms, logOf, run, runtimeLab, script, settled } from '../lab.ts';

beforeAll(loadPrograms, 60_000);

describe('images of the catalogue', () => {
  it('httpd serves its page and logs; the ECS sample command changes it', async () => {
    await using lab = runtimeLab();
    const httpd = await lab.start('httpd:2.4');
    const client = await lab.start('nginx');
    const get = async (address: string, ...options: string[]): Promise<string> =>
      (await run(client, ['curl', '-s', ...options, address])).stdout;
    expect(await get(httpd.spec.endpoint.address)).toBe('<html><body><h1>It works!</h1></body></html>\n');
    expect(await get(httpd.spec.endpoint.address, '-I')).toContain('Server: Apache/2.4.65 (Unix)\r\n');
    expect(logOf(httpd, 'stdout').at(-1)).toMatch(/"HEAD \/ HTTP\/1\.1" 200 45$/);
    const sample = await lab.start('public.ecr.aws/docker/library/httpd:latest', {
      entrypoint: ['sh', '-c'],
      command: [
        '/bin/sh -c "echo \'<html> <head> <title>Amazon ECS Sample App</title> </head></html>\' >  /usr/local/apache2/htdocs/index.html && httpd-foreground"',
      ],
    });
    expect(await get(sample.spec.endpoint.address)).toContain('Amazon ECS Sample App');
    expect(await httpd.stop(1000)).toMatchObject({ exitCode: 0 });
  });

  it('redis answers its client, keeps types apart, expires keys and survives a restart on a volume', async () => {
    await using lab = runtimeLab();
    const data = createMemoryFileSystem(lab.clock);
    const mounts = [{ path: '/data', files: data, sourcePath: '/', readOnly: false }];
    const redis = await lab.start('redis:7.4-alpine', { mounts });
    const cli = async (...words: string[]): Promise<string> => (await run(redis, ['redis-cli', ...words])).stdout;
    expect(logOf(redis).at(-1)).toMatch(/^1:M 01 Jan 2026 00:00:00\.000 \* Ready to accept connections tcp$/);
    expect(await cli('ping')).toBe('PONG\n');
    expect(await cli('set', 'greeting', 'grüß dich')).toBe('OK\n');
    expect(await cli('get', 'greeting')).toBe('grüß dich\n');
    expect(await cli('incr', 'n')).toBe('1\n');
    expect(await cli('incr', 'greeting')).toBe('ERR value is not an integer or out of range\n\n');
    expect(await cli('lpush', 'greeting', 'x')).toBe('WRONGTYPE Operation against a key holding the wrong kind of value\n\n');
    expect(await cli('rpush', 'list', 'a', 'b')).toBe('2\n');
    expect(await cli('lrange', 'list', '0', '-1')).toBe('a\nb\n');
    expect(await cli('hset', 'h', 'f', 'v')).toBe('1\n');
    expect(await cli('hgetall', 'h')).toBe('f\nv\n');
    expect(await cli('nosuch', 'a')).toBe("ERR unknown command 'nosuch', with args beginning with: 'a' \n\n");
    await cli('set', 'short', 'x', 'EX', '10');
    expect(await cli('ttl', 'short')).toBe('10\n');
    await lab.clock.advance(10_000);
    expect(await cli('exists', 'short', 'n')).toBe('1\n');
    expect((await run(redis, ['redis-cli'], { stdin: 'incr n\nget n\n' })).stdout).toBe('2\n2\n');
    expect(await redis.stop(5_000)).toMatchObject({ exitCode: 0 });
    const again = await lab.start('redis:7.4-alpine', { mounts });
    expect((await run(again, ['redis-cli', 'get', 'n'])).stdout).toBe('2\n');
  });

  it('redis asks for its password and runs transactions', async () => {
    await using lab = runtimeLab();
    const redis = await lab.start('redis', { command: ['redis-server', '--requirepass', 'secret'] });
    expect((await run(redis, ['redis-cli', 'ping'])).stdout).toBe('NOAUTH Authentication required.\n\n');
    expect((await run(redis, ['redis-cli', '-a', 'secret', 'ping'])).stdout).toBe('PONG\n');
    expect((await run(redis, ['redis-cli', '-a', 'secret'], { stdin: 'multi\nincr a\nincr a\nexec\n' })).stdout).toBe(
      'OK\nQUEUED\nQUEUED\n1\n2\n',
    );
  });

  it('postgres needs a password, then runs SQL, and keeps its data when it is killed', async () => {
    await using lab = runtimeLab();
    const without = await lab.start('postgres:16');
    expect(await without.exited).toMatchObject({ exitCode: 1 });
    expect(logOf(without, 'stderr')[0]).toBe('Error: Database is uninitialized and superuser password is not specified.');
    const data = createMemoryFileSystem(lab.clock);
    const spec = {
      env: { POSTGRES_PASSWORD: 'pw', POSTGRES_DB: 'shop' },
      mounts: [{ path: '/var/lib/postgresql/data', files: data, sourcePath: '/', readOnly: false }],
    };
    const postgres = await lab.start('postgres:16', spec);
    expect(logOf(postgres, 'stderr').at(-1)).toContain('database system is ready to accept connections');
    const sql = (text: string, ...options: string[]) => run(postgres, ['psql', '-U', 'postgres', '-d', 'shop', ...options, '-c', text]);
    expect((await sql('select 1')).stdout).toBe(' ?column? \n----------\n        1\n(1 row)\n\n');
    expect((await sql('create table t (id serial primary key, name varchar(20) not null, paid boolean default false)')).stdout).toBe(
      'CREATE TABLE\n',
    );
    expect((await sql("insert into t(name, paid) values ('ada', true), ('bob', false)")).stdout).toBe('INSERT 0 2\n');
    expect((await sql('select * from t order by id')).stdout).toBe(
      ' id | name | paid \n----+------+------\n  1 | ada  | t\n  2 | bob  | f\n(2 rows)\n\n',
    );
    expect((await sql('select * from nosuch')).stderr).toBe('ERROR:  relation "nosuch" does not exist\n');
    expect((await sql("attach database '/etc/passwd' as x")).code).toBe(1);
    expect((await run(postgres, ['pg_isready'])).stdout).toBe('/var/run/postgresql:5432 - accepting connections\n');
    postgres.kill();
    await postgres.exited;
    const again = await lab.start('postgres:16', spec);
    expect((await run(again, ['psql', '-U', 'postgres', 'shop', '-tAc', 'select count(*) from t'])).stdout).toBe('2\n');
    const remote = await lab.start('postgres:16', { command: ['sleep', '100'] });
    const ask = (password: string) =>
      run(remote, ['env', `PGPASSWORD=${password}`, 'psql', '-h', again.spec.endpoint.address, '-U', 'postgres', '-tAc', 'select 2']);
    expect((await ask('pw')).stdout).toBe('2\n');
    expect((await ask('wrong')).stderr).toContain('FATAL:  password authentication failed for user "postgres"');
  });

  it('http-echo, whoami, hello-app, echo-server, bootcamp and podinfo answer as their originals', async () => {
    await using lab = runtimeLab();
    const client = await lab.start('nginx');
    const ask = async (image: string, port: number, path = '/', spec = {}): Promise<string> => {
      const container = await lab.start(image, { hostname: 'app-1', ...spec });
      return (await run(client, ['curl', '-s', `${container.spec.endpoint.address}:${port}${path}`])).stdout;
    };
    expect(await ask('hashicorp/http-echo:1.0', 5678, '/', { command: ['-text=hello world'] })).toBe('hello world\n');
    expect(await ask('traefik/whoami', 80)).toContain('Hostname: app-1\n');
    expect(await ask('gcr.io/google-samples/hello-app:2.0', 8080)).toBe('Hello, world!\nVersion: 2.0.0\nHostname: app-1\n');
    expect(await ask('gcr.io/google-samples/kubernetes-bootcamp:v1', 8080)).toBe('Hello Kubernetes bootcamp! | Running on: app-1 | v=1\n');
    expect(await ask('kicbase/echo-server:1.0', 8080)).toContain('Request served by app-1\n');
    expect(JSON.parse(await ask('stefanprodan/podinfo', 9898))).toMatchObject({ hostname: 'app-1' });
    expect(await ask('registry.k8s.io/e2e-test-images/agnhost:2.53', 8080, '/hostname', { command: ['netexec'] })).toBe('app-1');
    expect(await ask('registry.k8s.io/e2e-test-images/agnhost:2.53', 9376, '/', { command: ['serve-hostname'] })).toBe('app-1');
    expect(await ask('amazon/amazon-ecs-sample', 80)).toContain('Your application is now running on a container in Amazon ECS.');
  });

  it('podinfo keeps values in the cache server that it is told of, and says when there is none', async () => {
    await using lab = runtimeLab();
    const redis = await lab.start('redis:8');
    const ask = async (server: string, ...words: string[]): Promise<string> => {
      const app = await lab.start('stefanprodan/podinfo', { env: { PODINFO_CACHE_SERVER: server } });
      return (await run(app, ['curl', '-s', '-w', ' %{http_code}', ...words])).stdout;
    };
    const server = `tcp://${redis.spec.endpoint.address}:6379`;
    expect(await ask(server, '-d', 'timber', 'localhost:9898/cache/cargo')).toBe(' 202');
    expect(await ask(server, 'localhost:9898/cache/cargo')).toBe('timber 200');
    expect(await ask(server, 'localhost:9898/cache/nothing')).toBe(' 404');
    expect(await ask('', 'localhost:9898/cache/cargo')).toContain('cache server is offline');
    expect(await ask('tcp://nowhere:6379', 'localhost:9898/cache/cargo')).toContain('cannot reach the cache server nowhere:6379');
  });

  it('the liveness server of the documentation is well for ten seconds', async () => {
    await using lab = runtimeLab();
    const server = await lab.start('registry.k8s.io/e2e-test-images/agnhost:2.53', { command: ['liveness'] });
    const code = async (): Promise<string> =>
      (await run(server, ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'localhost:8080/healthz'])).stdout;
    expect(await code()).toBe('200');
    await lab.clock.advance(11_000);
    expect(await code()).toBe('500');
  });

  it('the flaky app starts late, falls ill and crashes as its environment says', async () => {
    await using lab = runtimeLab();
    const app = await lab.start('dockside/flaky', { env: { START_AFTER: '5', FAIL_AFTER: '10', CRASH_AFTER: '20' } });
    const probe = async (): Promise<string> => (await script(app, 'wget -q -O- -T 1 localhost:8080/healthz 2>&1')).stdout;
    expect(await probe()).toContain('Connection refused');
    await lab.clock.advance(5_000);
    expect(await probe()).toBe('healthy\n');
    await lab.clock.advance(10_000);
    expect(await probe()).toContain('503');
    await lab.clock.advance(10_000);
    expect(await app.exited).toMatchObject({ exitCode: 1 });
  });

  it('the autoscaler example uses a core under load and answers slower under a limit', async () => {
    await using lab = runtimeLab();
    const app = await lab.start('registry.k8s.io/hpa-example', { limits: { cpuMillicores: 500 } });
    const client = await lab.start('busybox', {
      command: ['sh', '-c', `while true; do wget -q -O- http://${app.spec.endpoint.address} >/dev/null; done`],
    });
    for (let second = 0; second < 15; second += 1) {
      await lab.clock.advance(1_000);
      await settled();
    }
    expect(app.usage().cpuMillicores).toBeGreaterThan(200);
    expect(app.usage().cpuMillicores).toBeLessThan(550);
    client.kill();
    await client.exited;
  });

  it('stress takes memory until the limit ends its container', async () => {
    await using lab = runtimeLab();
    const within = await lab.start('polinux/stress', {
      entrypoint: ['stress'],
      command: ['--vm', '1', '--vm-bytes', '150M', '--vm-hang', '1'],
      limits: { memoryBytes: 200 * 1024 * 1024 },
    });
    await lab.clock.advance(5_000);
    expect(within.state).toBe('running');
    expect(within.usage().memoryBytes).toBeGreaterThan(150_000_000);
    const beyond = await lab.start('polinux/stress', {
      entrypoint: ['stress'],
      command: ['--vm', '1', '--vm-bytes', '250M', '--vm-hang', '1'],
      limits: { memoryBytes: 100 * 1024 * 1024 },
    });
    await lab.clock.advance(5_000);
    expect(await beyond.exited).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  it('pause waits for its signal and the Linux images have shells', async () => {
    await using lab = runtimeLab();
    const pause = await lab.start('registry.k8s.io/pause:3.10');
    expect(await pause.stop(1000)).toMatchObject({ exitCode: 0 });
    for (const [image, name] of [
      ['alpine:3.22', 'alpine'],
      ['debian:12-slim', 'debian'],
      ['ubuntu:24.04', 'ubuntu'],
    ] as const) {
      const container = await lab.start(image, { command: ['sleep', '100'] });
      expect((await script(container, '. /etc/os-release; echo $ID')).stdout).toBe(`${name}\n`);
    }
  });
});
