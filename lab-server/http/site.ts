// The built site: static files with the right cache headers, and each page with its own content policy.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { DocksideError } from '../base/index.ts';
import { notFoundBody } from './error-answers.ts';
import { pagePolicy, scriptPolicy } from './security-headers.ts';

/** Names below this folder carry a hash of their content. */
const HASHED_FOLDER = `${sep}_astro${sep}`;

export async function serveSite(app: FastifyInstance, folder: string): Promise<void> {
  const policies = new PagePolicies();
  app.setNotFoundHandler((request, reply) => {
    if (request.method !== 'GET' || request.url.startsWith('/api/') || !request.headers.accept?.includes('text/html')) {
      return reply.code(404).send(notFoundBody(request.method, request.url));
    }
    return sendNotFoundPage(folder, policies, reply);
  });
  if (!existsSync(folder)) {
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    preCompressed: true,
    redirect: true,
    cacheControl: false,
    index: ['index.html'],
    setHeaders(reply, path) {
      if (path.includes(HASHED_FOLDER)) {
        void reply.header('cache-control', 'public, max-age=31536000, immutable');
      } else {
        void reply.header('cache-control', 'no-cache');
      }
      const page = path.replace(/\.(br|gz)$/, '');
      if (page.endsWith('.html')) {
        void reply.header('content-security-policy', policies.of(page));
      } else if (page.endsWith('.js')) {
        void reply.header('content-security-policy', scriptPolicy);
      }
    },
  });
}

function sendNotFoundPage(folder: string, policies: PagePolicies, reply: FastifyReply): FastifyReply {
  const page = join(folder, '404.html');
  if (!existsSync(page)) {
    const missing = existsSync(join(folder, 'index.html'))
      ? 'There is no such page.'
      : 'The site is not built yet: run npm run build, then start the server again.';
    throw new DocksideError('PAGE_UNKNOWN', missing, { status: 404 });
  }
  return reply.code(404).header('content-security-policy', policies.of(page)).type('text/html; charset=utf-8').send(readFileSync(page));
}

/** Policies by page, made again when the page has changed. */
class PagePolicies {
  readonly #known = new Map<string, { changed: number; policy: string }>();

  of(page: string): string {
    const changed = statSync(page).mtimeMs;
    const known = this.#known.get(page);
    if (known?.changed === changed) {
      return known.policy;
    }
    const policy = pagePolicy(readFileSync(page, 'utf8'));
    this.#known.set(page, { changed, policy });
    return policy;
  }
}
