// Ingress routing, as requests to the node's ports 80 and 443 see it.
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INGRESS_CONTROLLER } from '../../../lab-server/embedded/kubernetes/network/ingress/ingress-class.ts';
import { createAuthority, issueCertificate } from '../../../lab-server/embedded/runtime/certificates/certificates.ts';
import { KubectlStand, hasKubectl } from './kubectl-stand.ts';

interface Reply {
  code: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Of a secure connection: whose certificate was shown. */
  certificate?: string;
}

describe.skipIf(!hasKubectl())('ingress routing', () => {
  let stand: KubectlStand;

  async function get(url: string): Promise<Reply> {
    const { hostname, pathname, search, protocol } = new URL(url);
    const isSecure = protocol === 'https:';
    const raw = await stand.cluster.connect({ address: '192.168.49.2', port: isSecure ? 443 : 80, protocol: 'tcp' });
    const secure = isSecure ? connectSecurely({ socket: raw, servername: hostname, rejectUnauthorized: false }) : undefined;
    const connection: Duplex = secure ?? raw;
    return new Promise((resolve, reject) => {
      const sending = request(
        { createConnection: () => connection as never, path: pathname + search, headers: { host: hostname, connection: 'close' } },
        (answer) => {
          const certificate = secure?.getPeerCertificate().subject?.CN;
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () =>
            resolve({
              code: answer.statusCode ?? 0,
              headers: answer.headers,
              text,
              ...(typeof certificate === 'string' && { certificate }),
            }),
          );
        },
      );
      sending.on('error', reject);
      sending.end();
    });
  }

  function anIngress(name: string, rules: object[], more: { tls?: object[]; annotations?: Record<string, string> } = {}): object {
    const { annotations, ...spec } = more;
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, ...(annotations && { annotations }) },
      spec: { ingressClassName: 'nginx', rules, ...spec },
    };
  }

  function toService(path: string, service: string, pathType = 'Prefix'): object {
    return { path, pathType, backend: { service: { name: service, port: { number: 80 } } } };
  }

  beforeAll(async () => {
    stand = await KubectlStand.open();
    for (const name of ['blue', 'green']) {
      await stand.apply(
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, labels: { app: name } },
          spec: { containers: [{ name, image: 'hashicorp/http-echo', args: [`-text=${name}`, '-listen=:5678'] }] },
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name },
          spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 5678 }] },
        },
      );
    }
    await stand.apply(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'who', labels: { app: 'who' } },
        spec: { containers: [{ name: 'who', image: 'traefik/whoami' }] },
      },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'who' }, spec: { selector: { app: 'who' }, ports: [{ port: 80 }] } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nobody' }, spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] } },
      { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'nginx' }, spec: { controller: INGRESS_CONTROLLER } },
    );
    await stand.kubectl('wait --for=condition=Ready pod --all --timeout=20s');
  });
  afterAll(() => stand[Symbol.asyncDispose]());

  it('leads by host and by the longest path', async () => {
    await stand.apply(
      anIngress('colours', [
        {
          host: 'colours.test',
          http: { paths: [toService('/', 'blue'), toService('/green', 'green'), toService('/green/only', 'blue', 'Exact')] },
        },
        { host: '*.wild.test', http: { paths: [toService('/', 'green')] } },
      ]),
    );
    const texts = ['/', '/green', '/green/x', '/green/only', '/greenish'].map(async (path) =>
      (await get(`http://colours.test${path}`)).text.trim(),
    );
    expect(await Promise.all(texts)).toEqual(['blue', 'green', 'green', 'blue', 'blue']);
    expect((await get('http://a.wild.test/')).text.trim()).toBe('green');
    expect(await get('http://elsewhere.test/')).toMatchObject({ code: 404, text: expect.stringContaining('<center>nginx</center>') });
    expect(await stand.kubectl('get ingress colours')).toMatch(/colours +nginx +colours\.test,\*\.wild\.test +192\.168\.49\.2 +80 /);
  });

  it('rewrites paths, and says who asked', async () => {
    await stand.apply(
      anIngress('rewriting', [{ host: 'who.test', http: { paths: [toService('/app(/|$)(.*)', 'who', 'ImplementationSpecific')] } }], {
        annotations: { 'nginx.ingress.kubernetes.io/rewrite-target': '/$2' },
      }),
    );
    const { text } = await get('http://who.test/app/some/page?x=1');
    expect(text).toContain('GET /some/page?x=1 HTTP/1.1');
    expect(text).toContain('X-Forwarded-Host: who.test');
    expect(text).toMatch(/X-Real-Ip: \d+\.\d+\.\d+\.\d+/);
  });

  it('says that nobody is there', async () => {
    await stand.apply(anIngress('empty', [{ host: 'empty.test', http: { paths: [toService('/', 'nobody')] } }]));
    expect(await get('http://empty.test/')).toMatchObject({
      code: 503,
      text: expect.stringContaining('503 Service Temporarily Unavailable'),
    });
  });

  it('speaks TLS with the certificate of the host, and sends plain requests there', async () => {
    const now = Date.now();
    const pair = issueCertificate(createAuthority('test', now), 'test', {
      commonName: 'safe.test',
      usage: 'server',
      altNames: ['safe.test'],
      now,
    });
    const encode = (text: string): string => Buffer.from(text).toString('base64');
    await stand.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: 'safe' },
        data: { 'tls.crt': encode(pair.certificate), 'tls.key': encode(pair.key) },
      },
      anIngress('safe', [{ host: 'safe.test', http: { paths: [toService('/', 'blue')] } }], {
        tls: [{ hosts: ['safe.test'], secretName: 'safe' }],
      }),
    );
    expect(await get('http://safe.test/x')).toMatchObject({ code: 308, headers: { location: 'https://safe.test/x' } });
    expect(await get('https://safe.test/x')).toMatchObject({ code: 200, text: 'blue\n', certificate: 'safe.test' });
    expect(await get('https://colours.test/')).toMatchObject({ code: 200, certificate: 'Kubernetes Ingress Controller Fake Certificate' });
  });

  it('answers only while there is a class for it', async () => {
    const port80 = { address: '192.168.49.2', port: 80, protocol: 'tcp' };
    expect(stand.cluster.published()).toContainEqual(port80);
    await stand.kubectl('delete ingressclass nginx');
    expect(stand.cluster.published()).not.toContainEqual(port80);
    await expect(get('http://colours.test/')).rejects.toThrow('ECONNREFUSED');
    expect(stand.errors).toEqual([]);
  });
});
