import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from '../../../../lab-server/embedded/runtime/index.ts';

describe('image references', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.25', 'docker.io/library/nginx:1.25'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['hashicorp/http-echo', 'docker.io/hashicorp/http-echo:latest'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['MyRegistry/app', 'MyRegistry/app:latest'],
    [`nginx@sha256:${'a'.repeat(64)}`, `docker.io/library/nginx@sha256:${'a'.repeat(64)}`],
    [`nginx:1.25@sha256:${'a'.repeat(64)}`, `docker.io/library/nginx:1.25@sha256:${'a'.repeat(64)}`],
  ])('%s means %s', (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
  });

  it.each(['', 'NGINX', 'nginx:', 'nginx:-x', 'nginx@sha256:short', 'a//b', '-nginx', 'nginx latest', 'nginx:a b', '/nginx', 'nginx/'])(
    '%j is not a valid reference',
    (text) => {
      expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'invalid-name' }) as Error);
    },
  );

  it('says what is wrong with upper case in the words of the reference parser', () => {
    expect(() => parseReference('NGINX')).toThrow(
      'couldn\'t parse image name "NGINX": invalid reference format: repository name must be lowercase',
    );
  });
});
