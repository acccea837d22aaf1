import { beforeAll, describe, expect, it } from 'vitest';
import { loadPrograms, run, runtimeLab, script, type Ran } from '../lab.ts';

beforeAll(loadPrograms, 60_000);

async function inBusybox(text: string): Promise<Ran> {
  await using lab = runtimeLab();
  return await script(await lab.start('busybox', { command: ['sleep', '3600'] }), text);
}

async function inDebian(text: string): Promise<Ran> {
  await using lab = runtimeLab();
  return await script(await lab.start('nginx'), text);
}

describe('commands in a container', () => {
  it.each([
    [
      'head and tail',
      'seq 1 20 > /tmp/n; head -n 2 /tmp/n; tail -2 /tmp/n; tail -n +19 /tmp/n; head -c 3 /tmp/n',
      '1\n2\n19\n20\n19\n20\n1\n2',
    ],
    [
      'wc and sort',
      'printf "b\\na\\n" > /tmp/f; wc -l < /tmp/f; sort /tmp/f; wc /tmp/f',
      '2\na\nb\n        2         2         4 /tmp/f\n',
    ],
    [
      'grep, sed, awk, cut, tr',
      'printf "a:1\\nb:2\\n" > /tmp/f; grep b /tmp/f; sed s/a/X/ /tmp/f; awk -F: "{s+=\\$2} END {print s}" /tmp/f; cut -d: -f2 /tmp/f; echo abc | tr a-c A-C',
      'b:2\nX:1\nb:2\n3\n1\n2\nABC\n',
    ],
    [
      'find and xargs',
      'mkdir -p /tmp/d/e; touch /tmp/d/a.txt /tmp/d/e/b.txt; find /tmp/d -name "*.txt" | sort | xargs -n1 basename',
      'a.txt\nb.txt\n',
    ],
    ['env and printenv', 'env -i A=1 printenv A; printenv HOSTNAME', '1\nweb-0\n'],
    [
      'date with the simulated clock',
      'date; date -u +%Y-%m-%dT%H:%M:%SZ; date -d @0 +%F; date +%s',
      'Thu Jan  1 00:00:00 UTC 2026\n2026-01-01T00:00:00Z\n1970-01-01\n1767225600\n',
    ],
    [
      'ls of a directory and a missing file',
      'mkdir /tmp/x; touch /tmp/x/b /tmp/x/.h; ls /tmp/x; ls -a /tmp/x; ls /nosuch; echo $?',
      'b\n.\n..\n.h\nb\n1\n',
    ],
    [
      'cp, mv, rm, ln, chmod, stat',
      'cd /tmp; echo x > a; cp a b; mv b c; ln -s c l; cat l; chmod 600 c; stat -c "%a %s %F" c; rm a c; ls; readlink l',
      'x\n600 2 regular file\nl\nc\n',
    ],
    ['ps lists what runs', 'ps | grep -c "[s]leep 3600"', '1\n'],
    ['tee, yes, cmp', 'yes | head -1 | tee /tmp/y; echo y | cmp - /tmp/y && echo same', 'y\nsame\n'],
    ['dd', 'dd if=/dev/zero of=/tmp/z bs=1k count=4 2>/dev/null; wc -c < /tmp/z', '4096\n'],
    [
      'base64 and checksums',
      'echo -n hi | base64; echo -n hi | md5sum; echo -n hi | sha256sum | cut -c1-8',
      'aGk=\n49f68a5c8493ec2c0bf489821c21fc3b  -\n8f434346\n',
    ],
    ['printf and expr and seq', 'printf "%05.1f\\n" 3.14159; expr 6 \\* 7; seq -s, 1 4', '003.1\n42\n1,2,3,4\n'],
    ['test and [', 'test -d /tmp && [ 3 -gt 2 ] && [ "a b" = "a b" ] && echo fine', 'fine\n'],
  ])('busybox: %s', async (_name, text, stdout) => {
    expect((await inBusybox(text)).stdout).toBe(stdout);
  });

  it('has only the commands of its image: no vi, ps or wget in the Debian nginx', async () => {
    const ran = await inDebian('vi; ps; wget x; curl --version | head -1');
    expect(ran.stderr).toBe('sh: 1: vi: not found\nsh: 1: ps: not found\nsh: 1: wget: not found\n');
    expect(ran.stdout).toMatch(/^curl 7\.88\.1/);
  });

  it('words errors as GNU or busybox do', async () => {
    const text = 'cat /nosuch; ls /nosuch; rm /nosuch; mkdir /a/b; cp /nosuch /x';
    expect((await inDebian(text)).stderr).toBe(
      "cat: /nosuch: No such file or directory\nls: cannot access '/nosuch': No such file or directory\nrm: cannot remove '/nosuch': No such file or directory\nmkdir: cannot create directory '/a/b': No such file or directory\ncp: cannot stat '/nosuch': No such file or directory\n",
    );
    expect((await inBusybox(text)).stderr).toBe(
      "cat: /nosuch: No such file or directory\nls: /nosuch: No such file or directory\nrm: can't remove '/nosuch': No such file or directory\nmkdir: /a/b: No such file or directory\ncp: can't stat '/nosuch': No such file or directory\n",
    );
  });

  it('follows a growing file and filters what comes, line by line', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', {
      command: ['sh', '-c', 'touch /tmp/log; tail -f /tmp/log | grep --line-buffered error'],
    });
    await script(container, 'echo fine >> /tmp/log; echo an error >> /tmp/log');
    await lab.clock.advance(2_000);
    expect(container.log.lines().map((line) => line.text)).toEqual(['an error']);
  });

  it('copies files in and out as kubectl cp does, whatever bytes they hold', async () => {
    await using lab = runtimeLab();
    for (const image of ['nginx', 'busybox']) {
      const from = await lab.start(image, { command: ['sleep', '100'] });
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_value, index) => (index * 7) % 256));
      const packed = await run(from, ['tar', 'cf', '-', '-C', '/etc', 'hostname']);
      expect(packed.code).toBe(0);
      await run(from, ['sh', '-c', 'mkdir -p /tmp/d && cat > /tmp/d/blob'], { stdin: bytes });
      const archive = await run(from, ['tar', 'cf', '-', '/tmp/d']);
      const into = await lab.start(image, { command: ['sleep', '100'] });
      expect((await run(into, ['tar', 'xmf', '-', '-C', '/opt'], { stdin: archive.bytes })).code).toBe(image === 'nginx' ? 0 : 1);
      expect((await run(into, ['tar', 'xmf', '-', '-C', '/home'], { stdin: archive.bytes })).code).toBe(0);
      expect((await run(into, ['cat', '/home/tmp/d/blob'])).bytes.equals(bytes)).toBe(true);
    }
  });

  it('refuses archives that lead out of the directory', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('busybox', { command: ['sleep', '100'] });
    const { writeEntry, ARCHIVE_END } = await import('../../../../lab-server/embedded/runtime/programs/files/tar-format.ts');
    const entry = writeEntry({
      kind: 'file',
      name: '../../etc/evil',
      mode: 0o644,
      uid: 0,
      gid: 0,
      modifiedAt: 0,
      target: '',
      content: Buffer.from('x'),
    });
    await run(container, ['tar', 'xf', '-', '-C', '/tmp'], { stdin: Buffer.concat([entry, Buffer.from(ARCHIVE_END)]) });
    expect((await script(container, 'ls /etc/evil /tmp/etc/evil')).stdout).toBe('/tmp/etc/evil\n');
  });
});

describe('network commands', () => {
  it('curl reports what goes wrong by exit code and message', async () => {
    await using lab = runtimeLab();
    const container = await lab.start('nginx');
    const curl = (...args: string[]): Promise<Ran> => run(container, ['curl', '-sS', ...args]);
    expect(await curl('nosuch')).toMatchObject({ code: 6, stderr: 'curl: (6) Could not resolve host: nosuch\n' });
    expect(await curl('localhost:81')).toMatchObject({
      code: 7,
      stderr: "curl: (7) Failed to connect to localhost port 81 after 0 ms: Couldn't connect to server\n",
    });
    expect(await curl('-f', 'localhost/nosuch')).toMatchObject({ code: 22, stderr: 'curl: (22) The requested URL returned error: 404\n' });
    expect(await curl('ftp://x')).toMatchObject({ code: 1 });
    const slow = curl('-m', '2', '10.9.9.9');
    await lab.clock.advance(2_000);
    expect(await slow).toMatchObject({ code: 28, stderr: 'curl: (28) Connection timed out after 2000 milliseconds\n' });
    const unreachable = curl('10.9.9.9');
    await lab.clock.advance(3_000);
    expect(await unreachable).toMatchObject({
      code: 7,
      stderr: 'curl: (7) Failed to connect to 10.9.9.9 port 80 after 3000 ms: No route to host\n',
    });
  });

  it('curl posts, adds headers, follows redirects and resolves by hand', async () => {
    await using lab = runtimeLab();
    const echo = await lab.start('kicbase/echo-server:1.0');
    const container = await lab.start('nginx');
    const { address } = echo.spec.endpoint;
    const ran = await run(container, [
      'curl',
      '-s',
      '-X',
      'PUT',
      '-H',
      'X-Test: yes',
      '-u',
      'a:b',
      '--resolve',
      `app.test:8080:${address}`,
      'http://app.test:8080/path?q=1',
    ]);
    expect(ran.stdout).toContain('PUT /path?q=1 HTTP/1.1\n\nHost: app.test:8080\n');
    expect(ran.stdout).toContain('X-Test: yes\n');
    expect(ran.stdout).toContain('Authorization: Basic YTpi\n');
    const agnhost = await lab.start('registry.k8s.io/e2e-test-images/agnhost:2.53', { command: ['netexec'] });
    const followed = await run(container, [
      'curl',
      '-sL',
      '-w',
      ' %{num_redirects}',
      `${agnhost.spec.endpoint.address}:8080/redirect?location=/hostname&code=302`,
    ]);
    expect(followed.stdout).toBe('web-0 1');
  });

  it('wget prints and saves pages and says what busybox says', async () => {
    await using lab = runtimeLab();
    const nginx = await lab.start('nginx');
    const container = await lab.start('busybox', { command: ['sleep', '100'] });
    const { address } = nginx.spec.endpoint;
    expect((await script(container, `cd /tmp; wget -q http://${address}/ && ls`)).stdout).toBe('index.html\n');
    expect((await script(container, `wget -qO- http://${address} | grep -c Welcome`)).stdout).toBe('2\n');
    expect((await script(container, `wget -O- http://${address}/nosuch`)).stderr).toContain(
      'wget: server returned error: HTTP/1.1 404 Not Found\n',
    );
    expect((await script(container, 'wget -qO- nosuch')).stderr).toBe("wget: bad address 'nosuch'\n");
    expect((await script(container, `wget -qO- ${address}:81`)).stderr).toBe(
      `wget: can't connect to remote host (${address}): Connection refused\n`,
    );
  });

  it('nslookup speaks as the busybox of its time: old ones follow the search list, new ones ask each name', async () => {
    await using lab = runtimeLab();
    lab.runtime.network.addNameService({ resolve: (name) => (name === 'web.default.svc.cluster.local' ? ['10.96.0.7'] : undefined) });
    const resolvConf = 'nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local\n';
    const start = (image: string, address: string) =>
      lab.start(image, {
        command: ['sleep', '100'],
        resolvConf,
        endpoint: lab.runtime.network.attach(address, { searchDomains: ['default.svc.cluster.local', 'svc.cluster.local'] }),
      });
    const old = await start('busybox:1.28', '10.244.9.1');
    expect((await run(old, ['nslookup', 'web'])).stdout).toBe(
      'Server:    10.96.0.10\nAddress 1: 10.96.0.10\n\nName:      web\nAddress 1: 10.96.0.7 web\n',
    );
    expect((await run(old, ['nslookup', 'nosuch'])).stderr).toBe("nslookup: can't resolve 'nosuch'\n");
    const recent = await start('busybox:1.36', '10.244.9.2');
    expect((await run(recent, ['nslookup', 'web'])).stdout).toContain('Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.7\n');
    expect(await run(recent, ['nslookup', 'web.default'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("** server can't find web.default: NXDOMAIN") as string,
    });
  });

  it('nc tries ports, talks and listens; ping tells who is there', async () => {
    await using lab = runtimeLab();
    const server = await lab.start('busybox', {
      command: ['sh', '-c', 'while true; do echo -e "HTTP/1.1 200 OK\\r\\n\\r\\nhello" | nc -l -p 8080; done'],
    });
    const client = await lab.start('busybox', { command: ['sleep', '100'] });
    const { address } = server.spec.endpoint;
    expect((await script(client, `nc -zv ${address} 8080`)).stderr).toBe(`${address} (${address}:8080) open\n`);
    expect((await script(client, `nc -zv ${address} 9`)).stderr).toBe(`nc: ${address} (${address}:9): Connection refused\n`);
    expect((await script(client, `echo hi | nc ${address} 8080`)).stdout).toContain('hello');
    const pinged = await script(client, `ping -c 1 ${address}`);
    expect(pinged.stdout).toContain('1 packets transmitted, 1 packets received, 0% packet loss');
    let lost: Ran | undefined;
    void script(client, 'ping -c 1 -W 1 10.9.9.9').then((ran) => {
      lost = ran;
    });
    await lab.clock.advanceUntil(() => lost !== undefined);
    expect(lost?.code).toBe(1);
  });
});
