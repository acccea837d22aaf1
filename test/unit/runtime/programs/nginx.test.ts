import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryFileSystem, type Container } from '../../../../lab-server/embedded/runtime/index.ts';
import { loadPrograms, logOf, run, runtimeLab, script, settled, type RuntimeLab } from '../lab.ts';

beforeAll(loadPrograms, 60_000);

/** nginx with this configuration in conf.d/default.conf, and a way to ask it. */
async function withNginx<T>(
  conf: string | undefined,
  use: (nginx: Container, get: (path: string, ...options: string[]) => Promise<string>, lab: RuntimeLab) => Promise<T>,
): Promise<T> {
  await using lab = runtimeLab();
  const volume = createMemoryFileSystem(lab.clock);
  await volume.writeFile('/default.conf', conf ?? '');
  const mounts = conf === undefined ? [] : [{ path: '/etc/nginx/conf.d', files: volume, sourcePath: '/', readOnly: true }];
  const nginx = await lab.start('nginx:1.27', { mounts });
  const client = await lab.start('curlimages/curl', { command: ['sleep', '3600'] });
  const get = async (path: string, ...options: string[]): Promise<string> =>
    (await run(client, ['curl', '-s', ...options, `http://${nginx.spec.endpoint.address}${path}`])).stdout;
  return await use(nginx, get, lab);
}

const status = ['-o', '/dev/null', '-w', '%{http_code}'];

describe('nginx', () => {
  it('greets as the official image does: entrypoint, version, workers', async () => {
    await withNginx(undefined, async (nginx) => {
      const log = logOf(nginx);
      expect(log[0]).toBe('/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration');
      expect(log).toContain('/docker-entrypoint.sh: Configuration complete; ready for start up');
      expect(log.at(-1)).toMatch(/^2026\/01\/01 00:00:00 \[notice\] 1#1: start worker process \d+$/);
    });
  });

  it('serves the welcome page with the headers of nginx, in their order', async () => {
    await withNginx(undefined, async (_nginx, get) => {
      const head = await get('/', '-I');
      expect(head.replace(/"[^"]*"/, '"tag"')).toBe(
        'HTTP/1.1 200 OK\r\nServer: nginx/1.27.5\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html\r\nContent-Length: 615\r\nLast-Modified: Tue, 15 Sep 2026 16:00:00 GMT\r\nConnection: keep-alive\r\nETag: "tag"\r\nAccept-Ranges: bytes\r\n\r\n',
      );
      expect(await get('/')).toContain('<h1>Welcome to nginx!</h1>');
    });
  });

  it('answers 404, 403, 405, 304, 206 and 416 as nginx does', async () => {
    await withNginx(undefined, async (nginx, get) => {
      expect(await get('/nosuch')).toBe(
        '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.27.5</center>\r\n</body>\r\n</html>\r\n',
      );
      await script(nginx, 'mkdir /usr/share/nginx/html/empty');
      expect(await get('/empty/', ...status)).toBe('403');
      expect(await get('/empty', '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}')).toMatch(
        /^301 http:\/\/10\.244\.0\.\d+\/empty\/$/,
      );
      expect(await get('/', '-X', 'DELETE', ...status)).toBe('405');
      const etag = /ETag: (.*)\r/.exec(await get('/', '-I'))?.[1] ?? '';
      expect(await get('/', '-H', `If-None-Match: ${etag}`, ...status)).toBe('304');
      expect(await get('/', '-r', '0-8')).toBe('<!DOCTYPE');
      expect(await get('/', '-r', '9999-', ...status)).toBe('416');
    });
  });

  it('logs requests to stdout and what it misses to stderr', async () => {
    await withNginx(undefined, async (nginx, get) => {
      await get('/nosuch', '-A', 'tester');
      expect(logOf(nginx, 'stdout').at(-1)).toMatch(
        /^10\.244\.0\.\d+ - - \[01\/Jan\/2026:00:00:00 \+0000\] "GET \/nosuch HTTP\/1\.1" 404 153 "-" "tester" "-"$/,
      );
      expect(logOf(nginx, 'stderr').at(-1)).toContain(
        'open() "/usr/share/nginx/html/nosuch" failed (2: No such file or directory), client: ',
      );
    });
  });

  it('serves what is written into its files, with the type of each', async () => {
    await withNginx(undefined, async (nginx, get) => {
      await script(
        nginx,
        'echo changed > /usr/share/nginx/html/index.html; echo "{}" > /usr/share/nginx/html/a.json; echo x > /usr/share/nginx/html/blob',
      );
      expect(await get('/')).toBe('changed\n');
      expect(await get('/a.json', '-o', '/dev/null', '-w', '%{content_type}')).toBe('application/json');
      expect(await get('/blob', '-o', '/dev/null', '-w', '%{content_type}')).toBe('application/octet-stream');
    });
  });

  it('reads locations, returns, rewrites, try_files, error pages, added headers and variables', async () => {
    const conf = `
      server {
        listen 80;
        root /usr/share/nginx/html;
        add_header X-Host $hostname always;
        error_page 404 /50x.html;
        location = /exact { return 200 "exact $request_method $arg_q\\n"; }
        location ~ ^/num/(\\d+)$ { return 200 "number $1\\n"; }
        location ^~ /static/ { alias /usr/share/nginx/html/; }
        location /old { rewrite ^/old/(.*)$ /new/$1 permanent; }
        location /app { try_files $uri $uri/ /index.html; }
        location /teapot { return 418; }
        location /private { deny all; }
        location /moved { return 301 https://example.com$request_uri; }
      }`;
    await withNginx(conf, async (_nginx, get) => {
      expect(await get('/exact?q=1')).toBe('exact GET 1\n');
      expect(await get('/num/42')).toBe('number 42\n');
      expect(await get('/static/index.html')).toContain('Welcome to nginx!');
      expect(await get('/old/x', '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}')).toMatch(
        /^301 http:\/\/10\.244\.0\.\d+\/new\/x$/,
      );
      expect(await get('/app/deep/link')).toContain('Welcome to nginx!');
      expect(await get('/nosuch', '-w', '%{http_code}')).toMatch(/An error occurred[\s\S]*404$/);
      expect(await get('/private', ...status)).toBe('403');
      expect(await get('/moved/a?b=c', '-o', '/dev/null', '-w', '%{redirect_url}')).toBe('https://example.com/moved/a?b=c');
      expect(await get('/', '-I')).toContain('X-Host: web-0\r\n');
    });
  });

  it('chooses the server by name and falls back to the default', async () => {
    const server = (name: string, extra = ''): string =>
      `server { listen 8080 ${extra}; server_name ${name}; location / { return 200 "${name}\\n"; } }`;
    await withNginx(`${server('a.example.com')} ${server('*.b.example.com')} ${server('_', 'default_server')}`, async (nginx) => {
      const ask = async (host: string): Promise<string> =>
        (await run(nginx, ['curl', '-s', '-H', `Host: ${host}`, 'localhost:8080'])).stdout;
      expect(await ask('a.example.com')).toBe('a.example.com\n');
      expect(await ask('x.b.example.com')).toBe('*.b.example.com\n');
      expect(await ask('other')).toBe('_\n');
    });
  });

  it('hands requests on to upstreams in turn, and says 502 when nobody is there', async () => {
    await using lab = runtimeLab();
    const backends = [
      await lab.start('hashicorp/http-echo', { command: ['-text=one'] }),
      await lab.start('hashicorp/http-echo', { command: ['-text=two'] }),
    ];
    const volume = createMemoryFileSystem(lab.clock);
    await volume.writeFile(
      '/default.conf',
      `upstream app { ${backends.map((backend) => `server ${backend.spec.endpoint.address}:5678;`).join(' ')} }
       server { listen 80; location /api/ { proxy_pass http://app/; proxy_set_header X-Real-IP $remote_addr; } location /dead { proxy_pass http://${backends[0]?.spec.endpoint.address ?? ''}:1; } }`,
    );
    const nginx = await lab.start('nginx', { mounts: [{ path: '/etc/nginx/conf.d', files: volume, sourcePath: '/', readOnly: true }] });
    const ran = await script(
      nginx,
      'for i in 1 2 3; do curl -s localhost/api/x; done; curl -s -o /dev/null -w "%{http_code}" localhost/dead',
    );
    expect(ran.stdout).toBe('one\ntwo\none\n502');
    expect(logOf(nginx, 'stderr').at(-1)).toContain('connect() failed (111: Connection refused) while connecting to upstream');
  });

  it.each([
    ['server { listen 80; nosuch on; }', 'unknown directive "nosuch" in /etc/nginx/conf.d/default.conf:1'],
    ['server { listen 80;', 'unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:1'],
    ['server {\n listen 80\n root /x;\n}', 'invalid parameter "root" in /etc/nginx/conf.d/default.conf:2'],
    ['server { listen 99999; }', 'invalid port in "99999" of the "listen" directive in /etc/nginx/conf.d/default.conf:1'],
    ['location / {}', '"location" directive is not allowed here in /etc/nginx/conf.d/default.conf:1'],
    ['server { location / { proxy_pass http://nosuch; } }', 'host not found in upstream "nosuch"'],
  ])('refuses to start with %j', async (conf, message) => {
    await withNginx(conf, async (nginx) => {
      const { exitCode } = await nginx.exited;
      expect(exitCode).toBe(1);
      expect(logOf(nginx, 'stderr').at(-1)).toContain(`nginx: [emerg] ${message}`);
    });
  });

  it('tests and reloads its configuration, keeping the old one when the new is wrong', async () => {
    await withNginx(undefined, async (nginx, get) => {
      expect((await run(nginx, ['nginx', '-v'])).stderr).toBe('nginx version: nginx/1.27.5\n');
      expect((await run(nginx, ['nginx', '-t'])).stderr).toBe(
        'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n',
      );
      await script(nginx, 'echo "server { listen 80; location / { return 200 new; } }" > /etc/nginx/conf.d/default.conf; nginx -s reload');
      await settled();
      expect(await get('/')).toBe('new');
      const refused = await script(nginx, 'echo "server { nosuch; }" > /etc/nginx/conf.d/default.conf; nginx -s reload; kill -HUP 1');
      expect(refused.stderr).toContain('nginx: [emerg] unknown directive "nosuch" in /etc/nginx/conf.d/default.conf:1');
      await settled();
      expect(await get('/')).toBe('new');
      expect(logOf(nginx, 'stderr').at(-1)).toContain('[emerg] 1#1: unknown directive "nosuch"');
    });
  });

  it('fills its templates from the environment', async () => {
    await using lab = runtimeLab();
    const volume = createMemoryFileSystem(lab.clock);
    await volume.writeFile('/default.conf.template', 'server { listen ${PORT}; location / { return 200 "$uri ${GREETING}"; } }');
    const nginx = await lab.start('nginx', {
      env: { PORT: '8081', GREETING: 'hi' },
      mounts: [{ path: '/etc/nginx/templates', files: volume, sourcePath: '/', readOnly: true }],
    });
    expect((await run(nginx, ['curl', '-s', 'localhost:8081/x'])).stdout).toBe('/x hi');
  });

  it('never leads out of its root', async () => {
    await withNginx(undefined, async (_nginx, get) => {
      expect(await get('/../etc/passwd', '--path-as-is', ...status)).not.toBe('200');
      expect(await get('/%2e%2e/%2e%2e/etc/passwd', '--path-as-is', ...status)).toBe('400');
    });
  });
});
