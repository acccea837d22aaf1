// httpd: Apache as Docker's official image has it.
import { alpineBase } from './alpine-base.ts';
import { BOOKWORM, debianBase } from './debian-base.ts';
import type { ImageDefinition } from './image-definition.ts';
import { binary, directory, imageRoot, script, type ImageEntries } from './image-files.ts';
import { parseVersionTag } from './version-tags.ts';

const CONF = `ServerRoot "/usr/local/apache2"
Listen 80
ServerAdmin you@example.com
#ServerName www.example.com:80
DocumentRoot "/usr/local/apache2/htdocs"
<Directory "/usr/local/apache2/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
<IfModule dir_module>
    DirectoryIndex index.html
</IfModule>
ErrorLog /proc/self/fd/2
LogLevel warn
CustomLog /proc/self/fd/1 common
`;

/** Apache's files with a page at its root; the ECS sample application is one of these. */
export function apacheFiles(page: string): ImageEntries {
  return {
    '/usr/local/apache2/bin/httpd': binary('apache'),
    '/usr/local/apache2/bin/apachectl': binary('apache'),
    '/usr/local/bin/httpd-foreground': script(
      '#!/bin/sh\nset -e\n\n# Apache gets grumpy about PID files pre-existing\nrm -f /usr/local/apache2/logs/httpd.pid\n\nexec httpd -DFOREGROUND "$@"\n',
    ),
    '/usr/local/apache2/conf/httpd.conf': CONF,
    '/usr/local/apache2/htdocs/index.html': page,
    '/usr/local/apache2/logs': directory(),
    '/usr/local/apache2/cgi-bin': directory(),
  };
}

export const APACHE_PATH = '/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const httpd: ImageDefinition = {
  repository: 'docker.io/library/httpd',
  mirrors: ['public.ecr.aws/docker/library/httpd', 'mirror.gcr.io/library/httpd', 'registry.k8s.io/e2e-test-images/httpd'],
  variant(tag) {
    const parsed = parseVersionTag(tag.replace(/^(2\.4\.\d+)-\d$/, '$1'), {
      releases: { '2.4': 65 },
      latest: '2.4',
      variants: /^(alpine(3\.\d+)?|bookworm|trixie|bullseye)$/,
      bareVariants: true,
    });
    return (
      parsed && {
        entrypoint: [],
        command: ['httpd-foreground'],
        env: { PATH: APACHE_PATH, HTTPD_PREFIX: '/usr/local/apache2', HTTPD_VERSION: parsed.version },
        workingDir: '/usr/local/apache2',
        exposedPorts: [{ port: 80, protocol: 'tcp' }],
        stopSignal: 'SIGWINCH',
        sizeBytes: parsed.variant.startsWith('alpine') ? 21_000_000 : 44_000_000,
        identity: `${parsed.version}-${parsed.variant}`,
        files: () =>
          imageRoot(
            parsed.variant.startsWith('alpine') ? alpineBase() : debianBase(BOOKWORM),
            apacheFiles('<html><body><h1>It works!</h1></body></html>\n'),
          ),
      }
    );
  },
};
