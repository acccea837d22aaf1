// The HTTP app over labs in memory, with a browser's cookie jar.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { type AppOptions, buildApp } from '../../lab-server/http/app.ts';
import type { LabsOptions } from '../../lab-server/labs/index.ts';
import { LabHall } from './labs.ts';

export const HOST = '127.0.0.1:4321';

export class TestApp implements AsyncDisposable {
  readonly hall: LabHall;
  app!: FastifyInstance;
  ready = true;

  private constructor(hall: LabHall) {
    this.hall = hall;
  }

  static async start(change: Partial<LabsOptions> = {}, options: Partial<AppOptions> = {}): Promise<TestApp> {
    const hall = await LabHall.open(change);
    const siteFolder = join(hall.folder, 'dist');
    mkdirSync(join(siteFolder, '_astro'), { recursive: true });
    writeFileSync(join(siteFolder, 'index.html'), '<h1>Dockside</h1><script>start()</script>');
    writeFileSync(join(siteFolder, '404.html'), '<h1>Not here</h1>');
    writeFileSync(join(siteFolder, '_astro', 'page.a1b2c3.js'), 'export {};');
    const test = new TestApp(hall);
    test.app = await buildApp({
      labs: hall.labs,
      store: hall.store,
      clock: hall.clock,
      cookieSecret: Buffer.alloc(32, 7),
      siteFolder,
      borders: { origins: [] },
      trustProxy: false,
      log: pino({ level: 'silent' }),
      isReady: () => test.ready,
      ...options,
    });
    return test;
  }

  /** Listens on a free port of the loopback; `http://127.0.0.1:…`. */
  listen(): Promise<string> {
    return this.app.listen({ host: '127.0.0.1', port: 0 });
  }

  /** A browser on the site's own pages. */
  browser(): Browser {
    return new Browser(this.app);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.hall[Symbol.asyncDispose]();
  }
}

export class Browser {
  readonly #app: FastifyInstance;
  cookie = '';

  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  async ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    options: Omit<InjectOptions, 'method' | 'url'> = {},
  ): Promise<LightMyRequestResponse> {
    const response = await this.#app.inject({
      method,
      url,
      ...options,
      headers: { host: HOST, origin: `http://${HOST}`, ...(this.cookie === '' ? {} : { cookie: this.cookie }), ...options.headers },
    });
    const [cookie] = response.cookies;
    if (cookie) {
      this.cookie = `${cookie.name}=${encodeURIComponent(cookie.value)}`;
    }
    return response;
  }

  /** Asks for a lab; its id. */
  async lab(exercise = 'one'): Promise<string> {
    return (await this.ask('POST', '/api/labs', { payload: { exercise } })).json<{ id: string }>().id;
  }
}
