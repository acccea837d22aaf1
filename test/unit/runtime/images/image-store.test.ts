import { describe, expect, it } from 'vitest';
import type { ImagePullError } from '../../../../lab-server/embedded/runtime/index.ts';
import { CATALOGUE } from '../../../../lab-server/embedded/runtime/images/catalogue.ts';
import { entriesOf, type FsNode } from '../../../../lab-server/embedded/runtime/files/nodes.ts';
import { programNames } from '../../../../lab-server/embedded/runtime/programs/table.ts';
import { runtimeLab } from '../lab.ts';

const never = new AbortController().signal;

async function failureOf(reference: string): Promise<ImagePullError> {
  await using lab = runtimeLab();
  return lab.runtime.images.pull(reference, never).then(
    () => {
      throw new Error(`${reference} was pulled`);
    },
    (error: unknown) => error as ImagePullError,
  );
}

describe('pulling images', () => {
  it('takes the simulated time, once per pull, and can be abandoned', async () => {
    await using lab = runtimeLab({ pullDelayMs: 800 });
    let pulled = false;
    const pulling = lab.runtime.images.pull('nginx', never).then((image) => {
      pulled = true;
      return image;
    });
    await lab.clock.advance(799);
    expect(pulled).toBe(false);
    await lab.clock.advance(1);
    expect((await pulling).reference).toBe('docker.io/library/nginx:latest');
    expect(lab.runtime.images.present('nginx')?.reference).toBe('docker.io/library/nginx:latest');
    expect(lab.runtime.images.present('redis')).toBeUndefined();
    const abort = new AbortController();
    const abandoned = lab.runtime.images.pull('busybox', abort.signal).catch((error: unknown) => error);
    abort.abort(new Error('pod deleted'));
    expect(await abandoned).toMatchObject({ message: 'pod deleted' });
  });

  it('gives the same digest to the same image, and another to another', async () => {
    await using lab = runtimeLab();
    const pull = async (reference: string): Promise<string> => (await lab.runtime.images.pull(reference, never)).digest;
    expect(await pull('nginx:1.25')).toBe(await pull('docker.io/library/nginx:1.25.5'));
    expect(await pull('nginx:1.25')).not.toBe(await pull('nginx:1.26'));
    expect(await pull('nginx')).toMatch(/^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/);
  });

  it.each([
    'nginx:1.14.2',
    'nginx:1.25-alpine',
    'nginx:alpine',
    'nginx:stable',
    'nginx:mainline-alpine-slim',
    'nginx:1.27.5-perl',
    'busybox:1.28',
    'busybox:1.36.1-musl',
    'public.ecr.aws/nginx/nginx:latest',
  ])('%s is there, as on the registry', async (reference) => {
    await using lab = runtimeLab();
    expect((await lab.runtime.images.pull(reference, never)).digest).toContain('@sha256:');
  });

  it.each(['nginx:1.161', 'nginx:nosuch', 'nginx:1.25.99', 'busybox:9'])('%s is a tag that nobody pushed', async (reference) => {
    const full = `docker.io/library/${reference}`;
    expect(await failureOf(reference)).toMatchObject({
      code: 'not-found',
      reference: full,
      message: `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`,
    });
  });

  it('finds an image by its digest, also in a process that never pulled it by tag', async () => {
    await using lab = runtimeLab();
    const { digest } = await lab.runtime.images.pull('nginx:1.25', never);
    const pinned = await lab.runtime.images.pull(digest.replace('docker.io/library/', ''), never);
    expect(pinned.digest).toBe(digest);
    expect(pinned.env.NGINX_VERSION).toBe('1.25.5');
    expect(await failureOf(`nginx@sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 'not-found' });
  });

  it('denies a repository that does not exist, in the words of containerd', async () => {
    expect(await failureOf('nosuch')).toMatchObject({
      code: 'denied',
      message:
        'failed to pull and unpack image "docker.io/library/nosuch:latest": failed to resolve reference "docker.io/library/nosuch:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    });
  });

  it('cannot reach a registry that does not exist', async () => {
    expect(await failureOf('registry.example.com/app:v1')).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('dial tcp: lookup registry.example.com: no such host') as string,
    });
  });
});

describe('the image catalogue', () => {
  const programs = new Set(programNames());

  it.each(CATALOGUE.map((definition) => [definition.repository, definition] as const))(
    '%s has only binaries that run a program',
    (_name, definition) => {
      const variant = definition.variant('latest') ?? definition.variant(definition.sampleTag ?? '');
      const missing: string[] = [];
      const visit = (node: FsNode, path: string): void => {
        if (node.kind === 'directory') {
          entriesOf(node).forEach((child, name) => visit(child, `${path}/${name}`));
        } else if (node.kind === 'file' && typeof node.content === 'string' && node.content.startsWith('\u007fELF')) {
          const program = node.content.slice(7, node.content.indexOf('\n'));
          if (!programs.has(program)) {
            missing.push(`${path}: ${program}`);
          }
        }
      };
      expect(variant).toBeDefined();
      visit(variant?.files() ?? { kind: 'link', target: '', mode: 0, mtime: 0, uid: 0, gid: 0, owner: undefined }, '');
      expect(missing).toEqual([]);
    },
  );
});
