import { describe, expect, it } from 'vitest';
import { TestNetwork } from './a-network.ts';

const OUTSIDE = '192.168.49.1';

describe('a Service', () => {
  it('leads to its ready pods, one after the other', async () => {
    using net = new TestNetwork();
    net.pod('a', '10.244.0.2');
    net.pod('b', '10.244.0.3');
    net.service('web', { clusterIP: '10.96.14.7' });
    net.slice('web', [{ address: '10.244.0.2' }, { address: '10.244.0.3' }]);
    const answers = [await net.ask(OUTSIDE, '10.96.14.7', 80), await net.ask(OUTSIDE, '10.96.14.7', 80)];
    expect(answers.toSorted()).toEqual(['a', 'b']);
  });

  it('leaves out pods that are not ready', async () => {
    using net = new TestNetwork();
    net.pod('a', '10.244.0.2');
    net.pod('b', '10.244.0.3');
    net.service('web', { clusterIP: '10.96.14.7' });
    net.slice('web', [{ address: '10.244.0.2', ready: false }, { address: '10.244.0.3' }]);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await net.ask(OUTSIDE, '10.96.14.7', 80)).toBe('b');
    }
  });

  it('falls back to pods that are ending but still serve', async () => {
    using net = new TestNetwork();
    net.pod('a', '10.244.0.2');
    net.service('web', { clusterIP: '10.96.14.7' });
    net.slice('web', [{ address: '10.244.0.2', ready: false, serving: true, terminating: true }]);
    expect(await net.ask(OUTSIDE, '10.96.14.7', 80)).toBe('a');
  });

  it('refuses without endpoints, on ports it does not have, and where there is no Service', async () => {
    using net = new TestNetwork();
    net.service('web', { clusterIP: '10.96.14.7' });
    expect(await net.ask(OUTSIDE, '10.96.14.7', 80)).toBe('ECONNREFUSED');
    expect(await net.ask(OUTSIDE, '10.96.14.7', 81)).toBe('ECONNREFUSED');
    expect(await net.ask(OUTSIDE, '10.100.0.1', 80)).toBe('ECONNREFUSED');
  });

  it('answers on the node port of every node', async () => {
    using net = new TestNetwork();
    net.node('minikube-m02', '192.168.49.3');
    net.pod('a', '10.244.0.2');
    net.service('web', { type: 'NodePort', clusterIP: '10.96.14.7', ports: [{ port: 80, nodePort: 30080 }] });
    net.slice('web', [{ address: '10.244.0.2' }]);
    expect(await net.ask(OUTSIDE, '192.168.49.2', 30080)).toBe('a');
    expect(await net.ask(OUTSIDE, '192.168.49.3', 30080)).toBe('a');
    expect(await net.ask(OUTSIDE, '192.168.49.2', 30081)).toBe('ECONNREFUSED');
  });

  it('keeps to the node that was asked where its external traffic policy is Local', async () => {
    using net = new TestNetwork();
    net.node('minikube-m02', '192.168.49.3');
    net.pod('a', '10.244.0.2');
    net.service('web', {
      type: 'NodePort',
      clusterIP: '10.96.14.7',
      externalTrafficPolicy: 'Local',
      ports: [{ port: 80, nodePort: 30080 }],
    });
    net.slice('web', [{ address: '10.244.0.2' }]);
    expect(await net.ask(OUTSIDE, '192.168.49.2', 30080)).toBe('a');
    expect(await net.ask(OUTSIDE, '192.168.49.3', 30080)).toBe('ETIMEDOUT');
  });

  it('answers on a load balancer address and on external addresses', async () => {
    using net = new TestNetwork();
    net.pod('a', '10.244.0.2');
    net.service(
      'web',
      { type: 'LoadBalancer', clusterIP: '10.96.14.7', externalIPs: ['192.168.49.77'] },
      { loadBalancer: { ingress: [{ ip: '192.168.49.50' }] } },
    );
    net.slice('web', [{ address: '10.244.0.2' }]);
    expect(await net.ask(OUTSIDE, '192.168.49.50', 80)).toBe('a');
    expect(await net.ask(OUTSIDE, '192.168.49.77', 80)).toBe('a');
  });

  it('sends one client to one pod where it keeps sessions', async () => {
    using net = new TestNetwork();
    net.pod('a', '10.244.0.2');
    net.pod('b', '10.244.0.3');
    net.service('web', { clusterIP: '10.96.14.7', sessionAffinity: 'ClientIP' });
    net.slice('web', [{ address: '10.244.0.2' }, { address: '10.244.0.3' }]);
    const answers = new Set<string>();
    for (let turn = 0; turn < 4; turn += 1) {
      answers.add(await net.ask(OUTSIDE, '10.96.14.7', 80));
    }
    expect(answers.size).toBe(1);
  });

  it('is published with and without endpoints, and the listener hears of changes', async () => {
    using net = new TestNetwork();
    let changes = 0;
    using _listening = net.cluster.onChange(() => (changes += 1));
    net.pod('a', '10.244.0.2');
    net.service(
      'web',
      { type: 'LoadBalancer', clusterIP: '10.96.14.7', ports: [{ port: 80, nodePort: 30080 }] },
      { loadBalancer: { ingress: [{ ip: '10.96.14.7' }] } },
    );
    await net.clock.advance(0);
    expect(net.cluster.published().map(({ address, port }) => `${address}:${port}`)).toEqual([
      '192.168.49.2:8443',
      '10.96.0.1:443',
      '10.96.14.7:80',
      '192.168.49.2:30080',
      '10.244.0.2:8080',
    ]);
    expect(changes).toBeGreaterThan(0);
  });
});

describe('the cluster’s names', () => {
  it('resolve Services by all their forms', async () => {
    using net = new TestNetwork();
    net.pod('client', '10.244.0.9');
    net.service('web', { clusterIP: '10.96.14.7' });
    for (const name of ['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local', 'web.default.svc.cluster.local.']) {
      expect(await net.resolve('10.244.0.9', name)).toEqual(['10.96.14.7']);
    }
    expect(await net.resolve('10.244.0.9', 'nosuch')).toEqual([]);
    expect(await net.resolve('10.244.0.9', 'web.other')).toEqual([]);
  });

  it('resolve headless Services to their pods, and each pod by its host name', async () => {
    using net = new TestNetwork();
    net.pod('client', '10.244.0.9');
    net.service('db', { clusterIP: 'None' });
    net.slice('db', [
      { address: '10.244.0.2', hostname: 'db-0' },
      { address: '10.244.0.3', hostname: 'db-1' },
    ]);
    expect(await net.resolve('10.244.0.9', 'db')).toEqual(['10.244.0.2', '10.244.0.3']);
    expect(await net.resolve('10.244.0.9', 'db-1.db')).toEqual(['10.244.0.3']);
    expect(await net.resolve('10.244.0.9', 'db-7.db')).toEqual([]);
  });

  it('follow an external name to another Service, and spell out pod addresses', async () => {
    using net = new TestNetwork();
    net.pod('client', '10.244.0.9');
    net.service('web', { clusterIP: '10.96.14.7' });
    net.service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local', ports: [] });
    expect(await net.resolve('10.244.0.9', 'alias')).toEqual(['10.96.14.7']);
    expect(await net.resolve('10.244.0.9', '10-244-0-7.default.pod.cluster.local')).toEqual(['10.244.0.7']);
  });
});
