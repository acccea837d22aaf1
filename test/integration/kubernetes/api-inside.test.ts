import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiStand } from './api-stand.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await ApiStand.open();
});
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

async function secured(address: string, port: number, servername: string): Promise<TLSSocket> {
  const connection = await stand.cluster.connect({ address, port, protocol: 'tcp' });
  return connect({ socket: connection, ca: stand.cluster.caCertificate, servername });
}

it.each([
  ['192.168.49.2', 8443, 'control-plane.minikube.internal'],
  ['10.96.0.1', 443, 'kubernetes.default.svc'],
])('is reached inside the cluster at %s:%i under a name that its certificate has', async (address, port, name) => {
  const socket = await secured(address, port, name);
  const version = await new Promise<string>((resolve, reject) => {
    const asking = request({ createConnection: () => socket, host: name, path: '/version', headers: { connection: 'close' } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      answer.on('end', () => resolve(text));
    });
    asking.on('error', reject);
    asking.end();
  });
  expect(JSON.parse(version)).toMatchObject({ gitVersion: 'v1.36.2' });
});

it('passes requests on to pods and services', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  await stand.send('POST', pods, {
    body: {
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'web', image: 'nginx:1.25', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } },
        ],
      },
    },
  });
  await stand.send('POST', '/api/v1/namespaces/default/services', {
    body: { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 8080, targetPort: 80 }] } },
  });
  await stand.watch(`${pods}?watch=true&resourceVersion=0`, (events) =>
    events.some(
      ({ object }) =>
        (object.status as { conditions?: { type: string; status: string }[] }).conditions?.some(
          ({ type, status }) => type === 'Ready' && status === 'True',
        ) ?? false,
    ),
  );
  await stand.watch('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?watch=true&resourceVersion=0', (events) =>
    events.some(
      ({ object }) =>
        object.metadata.name?.startsWith('web-') &&
        ((object.endpoints as { conditions: { ready?: boolean } }[] | null) ?? []).some(({ conditions }) => conditions.ready),
    ),
  );
  const byPod = await stand.send('GET', `${pods}/web/proxy/`);
  const byService = await stand.send('GET', '/api/v1/namespaces/default/services/web:8080/proxy/');
  expect([byPod.code, byService.code]).toEqual([200, 200]);
  expect(byService.text).toContain('Welcome to nginx!');
  expect((await stand.send('GET', `${pods}/web:81/proxy/`)).json).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
});

it('has met no error of its own', () => {
  expect(stand.errors).toEqual([]);
});
