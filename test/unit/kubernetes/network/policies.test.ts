import { describe, expect, it } from 'vitest';
import { TestNetwork } from './a-network.ts';

const POLICY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' };
const WEB = '10.244.0.2';
const FRIEND = '10.244.0.3';
const STRANGER = '10.244.0.4';

function aNetwork(): TestNetwork {
  const net = new TestNetwork();
  net.client.create(NAMESPACE, { ...NAMESPACE, metadata: { name: 'default', labels: { team: 'a' } } });
  net.client.create(NAMESPACE, { ...NAMESPACE, metadata: { name: 'other', labels: { team: 'b' } } });
  net.pod('web', WEB, { labels: { app: 'web' } });
  net.pod('friend', FRIEND, { labels: { app: 'friend' } });
  net.pod('stranger', STRANGER, { labels: { app: 'stranger' }, namespace: 'other' });
  net.service('web', { clusterIP: '10.96.14.7' });
  net.slice('web', [{ address: WEB }]);
  return net;
}

function policy(net: TestNetwork, spec: object): void {
  net.client.create(POLICY, { ...POLICY, metadata: { name: `policy-${net.client.writes}`, namespace: 'default' }, spec });
}

describe('a network policy', () => {
  it('lets everything through where there is none', async () => {
    using net = aNetwork();
    expect(await net.ask(STRANGER, WEB, 8080)).toBe('web');
  });

  it('drops what it does not allow, also by way of a Service', async () => {
    using net = aNetwork();
    policy(net, { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] });
    expect(await net.ask(FRIEND, WEB, 8080)).toBe('ETIMEDOUT');
    expect(await net.ask(FRIEND, '10.96.14.7', 80)).toBe('ETIMEDOUT');
    expect(await net.ask(FRIEND, STRANGER, 8080)).toBe('stranger');
  });

  it('lets the node through: probes must work', async () => {
    using net = aNetwork();
    policy(net, { podSelector: {}, policyTypes: ['Ingress'] });
    expect(await net.ask('192.168.49.2', WEB, 8080)).toBe('web');
  });

  it('allows peers by pod labels, in its own namespace only', async () => {
    using net = aNetwork();
    policy(net, { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from: [{ podSelector: {} }] }], policyTypes: ['Ingress'] });
    expect(await net.ask(FRIEND, WEB, 8080)).toBe('web');
    expect(await net.ask(STRANGER, WEB, 8080)).toBe('ETIMEDOUT');
  });

  it('allows peers by the labels of their namespace', async () => {
    using net = aNetwork();
    const from = [{ namespaceSelector: { matchLabels: { team: 'b' } } }];
    policy(net, { podSelector: {}, ingress: [{ from }], policyTypes: ['Ingress'] });
    expect(await net.ask(STRANGER, WEB, 8080)).toBe('web');
    expect(await net.ask(FRIEND, WEB, 8080)).toBe('ETIMEDOUT');
  });

  it('allows by address range, with exceptions', async () => {
    using net = aNetwork();
    const from = [{ ipBlock: { cidr: '10.244.0.0/24', except: ['10.244.0.4/32'] } }];
    policy(net, { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from }], policyTypes: ['Ingress'] });
    expect(await net.ask(FRIEND, WEB, 8080)).toBe('web');
    expect(await net.ask(STRANGER, WEB, 8080)).toBe('ETIMEDOUT');
  });

  it('allows by port', async () => {
    using net = aNetwork();
    policy(net, { podSelector: {}, ingress: [{ ports: [{ protocol: 'TCP', port: 443 }] }], policyTypes: ['Ingress'] });
    expect(await net.ask(FRIEND, WEB, 8080)).toBe('ETIMEDOUT');
    policy(net, { podSelector: {}, ingress: [{ ports: [{ protocol: 'TCP', port: 8000, endPort: 8100 }] }], policyTypes: ['Ingress'] });
    expect(await net.ask(FRIEND, WEB, 8080)).toBe('web');
  });

  it('keeps a pod from going out, by the pod that a Service stands for', async () => {
    using net = aNetwork();
    const to = [{ podSelector: { matchLabels: { app: 'web' } } }];
    policy(net, { podSelector: { matchLabels: { app: 'friend' } }, egress: [{ to }], policyTypes: ['Egress'] });
    expect(await net.ask(FRIEND, '10.96.14.7', 80)).toBe('web');
    expect(await net.ask(FRIEND, STRANGER, 8080)).toBe('ETIMEDOUT');
  });
});
