import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { endpointFromKubeconfig } from '../../../lab-server/sandboxes/kubeconfig-endpoint.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const config = {
  'current-context': 'minikube',
  contexts: [
    { name: 'minikube', context: { cluster: 'minikube', user: 'minikube' } },
    { name: 'other', context: { cluster: 'minikube', user: 'token' } },
    { name: 'broken', context: { cluster: 'gone', user: 'token' } },
  ],
  clusters: [{ name: 'minikube', cluster: { server: 'https://192.168.49.2:8443', 'certificate-authority-data': base64('CA') } }],
  users: [
    { name: 'minikube', user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') } },
    { name: 'token', user: { token: 'secret' } },
  ],
};

describe('a kubeconfig', () => {
  it('gives the current context’s server and client certificate', async () => {
    const endpoint = endpointFromKubeconfig(stringify(config));
    expect(endpoint.server).toBe('https://192.168.49.2:8443');
    const { ca, cert, key } = await endpoint.credentials();
    expect([ca, cert, key].map(String)).toEqual(['CA', 'CERT', 'KEY']);
  });

  it('gives another context’s token', async () => {
    const { headers } = await endpointFromKubeconfig(stringify(config), '.', 'other').credentials();
    expect(headers).toEqual({ authorization: 'Bearer secret' });
  });

  it('whose context leads nowhere says which contexts there are', () => {
    expect(() => endpointFromKubeconfig(stringify(config), '.', 'broken')).toThrow(
      "The kubeconfig's context broken does not name a cluster and a user in it; its contexts are: minikube, other, broken.",
    );
  });

  it('that is none is refused with what is missing', () => {
    expect(() => endpointFromKubeconfig('kind: Config')).toThrow(/^the kubeconfig is not valid: current-context: /);
  });
});
