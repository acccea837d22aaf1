// nginx, as Docker's official image has it, in the Debian and Alpine variants.
import type { ImageDefinition, ImageVariant } from './image-definition.ts';
import { alpineBase } from './alpine-base.ts';
import { BOOKWORM, debianBase } from './debian-base.ts';
import { binary, directory, file, imageRoot, link, type ImageEntries } from './image-files.ts';
import { NGINX_MIME_TYPES } from './nginx-mime-types.ts';

/** Last patch release of each minor version, from nginx.org/en/CHANGES. */
const LAST_PATCH: Readonly<Record<string, number>> = {
  '1.9': 15, '1.10': 3, '1.11': 13, '1.12': 2, '1.13': 12, '1.14': 2, '1.15': 12, '1.16': 1, '1.17': 10, '1.18': 0, '1.19': 10,
  '1.20': 2, '1.21': 6, '1.22': 1, '1.23': 4, '1.24': 0, '1.25': 5, '1.26': 3, '1.27': 5, '1.28': 0, '1.29': 3, '1.7': 12, '1.8': 1,
}; // prettier-ignore
const MAINLINE = '1.29';
const STABLE = '1.28';
const ALIASES: Readonly<Record<string, string>> = { latest: MAINLINE, mainline: MAINLINE, '1': MAINLINE, stable: STABLE };

const MEGABYTE = 1_000_000;

/** Splits `1.27.5-alpine3.21-perl` into its version and its variant; undefined for what was never published. */
function parseTag(tag: string): { version: string; variant: string } | undefined {
  const words = /^(latest|mainline|stable|1(?:\.\d+){0,2})(?:-(.+))?$/.exec(tag);
  const alone = /^(alpine(?:3\.\d+)?(?:-slim|-perl|-otel)?|perl|otel|bookworm|trixie|bookworm-perl|trixie-perl)$/.exec(tag);
  const base = alone ? 'mainline' : words?.[1];
  const variant = alone?.[1] ?? words?.[2] ?? '';
  if (
    base === undefined ||
    !/^(|(alpine(3\.\d+)?(-slim|-perl|-otel)?)|perl|otel|(bullseye|bookworm|trixie)(-perl|-otel)?)$/.test(variant)
  ) {
    return undefined;
  }
  const numbers = (ALIASES[base] ?? base).split('.');
  const minor = numbers.slice(0, 2).join('.');
  const last = LAST_PATCH[minor];
  const patch = numbers[2] === undefined ? last : Number(numbers[2]);
  if (last === undefined || patch === undefined || patch > last) {
    return undefined;
  }
  return { version: `${minor}.${patch}`, variant };
}

const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const ERROR_PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Error</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
<p>If you are the system administrator of this resource then you should check
the error log for details.</p>
<p><em>Faithfully yours, nginx.</em></p>
</body>
</html>
`;

const MAIN_CONF = `
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
`;

const DEFAULT_CONF = `server {
    listen       80;
    server_name  localhost;

    #access_log  /var/log/nginx/host.access.log  main;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    #error_page  404              /404.html;

    # redirect server error pages to the static page /50x.html
    #
    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const HOOK = '#!/bin/sh\n# vim:sw=4:ts=4:et\n\nset -e\n';
/** nginx's own pages are dated as packaged: a release some months before the image. */
const PACKAGED_AT = 1_789_488_000_000;

function nginxFiles(): ImageEntries {
  return {
    '/usr/sbin/nginx': binary('nginx'),
    '/usr/sbin/nginx-debug': binary('nginx'),
    '/docker-entrypoint.sh': binary('nginx-entrypoint'),
    '/docker-entrypoint.d/10-listen-on-ipv6-by-default.sh': file(HOOK, 0o755),
    '/docker-entrypoint.d/15-local-resolvers.envsh': file(HOOK, 0o755),
    '/docker-entrypoint.d/20-envsubst-on-templates.sh': file(HOOK, 0o755),
    '/docker-entrypoint.d/30-tune-worker-processes.sh': file(HOOK, 0o755),
    '/etc/nginx/nginx.conf': MAIN_CONF,
    '/etc/nginx/mime.types': NGINX_MIME_TYPES,
    '/etc/nginx/conf.d/default.conf': DEFAULT_CONF,
    '/etc/nginx/fastcgi_params': '\nfastcgi_param  QUERY_STRING       $query_string;\nfastcgi_param  REQUEST_METHOD     $request_method;\n',
    '/etc/nginx/modules': link('/usr/lib/nginx/modules'),
    '/usr/lib/nginx/modules': directory(),
    '/usr/share/nginx/html/index.html': file(WELCOME, 0o644, PACKAGED_AT),
    '/usr/share/nginx/html/50x.html': file(ERROR_PAGE, 0o644, PACKAGED_AT),
    '/var/cache/nginx': directory(0o755, { uid: 101, gid: 101 }),
    '/var/log/nginx/access.log': link('/dev/stdout'),
    '/var/log/nginx/error.log': link('/dev/stderr'),
  };
}

export const nginx: ImageDefinition = {
  usualTags: Object.keys(LAST_PATCH).flatMap((minor) => [minor, `${minor}-alpine`]),
  repository: 'docker.io/library/nginx',
  mirrors: ['public.ecr.aws/docker/library/nginx', 'public.ecr.aws/nginx/nginx', 'mirror.gcr.io/library/nginx'],
  variant(tag): ImageVariant | undefined {
    const parsed = parseTag(tag);
    if (!parsed) {
      return undefined;
    }
    const alpine = parsed.variant.startsWith('alpine');
    return {
      entrypoint: ['/docker-entrypoint.sh'],
      command: ['nginx', '-g', 'daemon off;'],
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        NGINX_VERSION: parsed.version,
        NJS_VERSION: '0.9.4',
        PKG_RELEASE: alpine ? '1' : '1~bookworm',
      },
      exposedPorts: [{ port: 80, protocol: 'tcp' }],
      stopSignal: 'SIGQUIT',
      sizeBytes: alpine ? 21 * MEGABYTE : 72 * MEGABYTE,
      identity: `${parsed.version}-${parsed.variant}`,
      files: () =>
        imageRoot(
          alpine
            ? alpineBase({
                commands: parsed.variant.endsWith('-slim') ? [] : ['curl', 'envsubst'],
                accounts: ['nginx:x:101:101:nginx:/var/cache/nginx:/sbin/nologin'],
                groups: ['nginx:x:101:nginx'],
              })
            : debianBase(BOOKWORM, {
                commands: ['curl', 'envsubst'],
                accounts: ['nginx:x:101:101:nginx user:/nonexistent:/bin/false'],
                groups: ['nginx:x:101:'],
              }),
          nginxFiles(),
        ),
    };
  },
};
