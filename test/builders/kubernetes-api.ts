// A small Kubernetes API over HTTP, scripted by a test: answers to lists and watches in the order they are wanted.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class KubernetesApiByHand implements AsyncDisposable {
  readonly #server: Server;
  readonly requests: string[] = [];
  readonly watches: ServerResponse[] = [];
  pods: { metadata: { name: string; uid: string; resourceVersion: string } }[] = [];
  resourceVersion = 100;
  /** Status of the next requests to pods. */
  refuseWith: number | undefined;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request.url ?? '', response));
  }

  static async start(): Promise<KubernetesApiByHand> {
    const api = new KubernetesApiByHand();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get server(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends an event to every open watch. */
  send(type: string, object: object): void {
    this.watches.forEach((watch) => watch.write(`${JSON.stringify({ type, object })}\n`));
  }

  endWatches(): void {
    this.watches.splice(0).forEach((watch) => watch.end());
  }

  #answer(url: string, response: ServerResponse): void {
    this.requests.push(url);
    response.setHeader('content-type', 'application/json');
    if (url === '/api/v1') {
      response.end(
        JSON.stringify({
          resources: [
            { name: 'pods', kind: 'Pod', namespaced: true },
            { name: 'pods/log', kind: 'Pod', namespaced: true },
          ],
        }),
      );
    } else if (!url.startsWith('/api/v1/')) {
      response.writeHead(404).end('404 page not found');
    } else if (this.refuseWith !== undefined) {
      response.writeHead(this.refuseWith).end(JSON.stringify({ kind: 'Status', message: 'pods is forbidden', code: this.refuseWith }));
    } else if (url.includes('watch=true')) {
      response.flushHeaders();
      this.watches.push(response);
    } else {
      response.end(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: String(this.resourceVersion) }, items: this.pods }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endWatches();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
