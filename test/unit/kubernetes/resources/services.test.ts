import { describe, expect, it } from 'vitest';
import type { Endpoints } from '../../../../lab-server/embedded/kubernetes/resources/core/endpoints.ts';
import type { EndpointSlice, Service } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { anEmptyCluster, created, creationErrors, kindOf, row, updated, updateErrors } from './submit.ts';

const aService = (spec: object = {}, more: object = {}) => ({
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  ...more,
});

describe('a service', () => {
  it('gets the defaults and the address of the real server', () => {
    expect(created<Service>('Service', aService()).spec).toEqual({
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      selector: { app: 'web' },
      sessionAffinity: 'None',
      type: 'ClusterIP',
    });
  });

  it('opens node ports when it is reached from outside', () => {
    expect(created<Service>('Service', aService({ type: 'NodePort' })).spec).toMatchObject({
      externalTrafficPolicy: 'Cluster',
      ports: [{ nodePort: 30_001 }],
    });
    expect(created<Service>('Service', aService({ type: 'LoadBalancer' })).spec).toMatchObject({
      allocateLoadBalancerNodePorts: true,
      ports: [{ nodePort: 30_001 }],
    });
    const ports = [{ port: 80, nodePort: 31_234 }];
    expect(created<Service>('Service', aService({ type: 'NodePort', ports })).spec?.ports?.[0]?.nodePort).toBe(31_234);
  });

  it('shares one node port between protocols of the same port', () => {
    const ports = [
      { name: 'tcp', port: 53, protocol: 'TCP' },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ];
    const [tcp, udp] = created<Service>('Service', aService({ type: 'NodePort', ports })).spec?.ports ?? [];
    expect(tcp?.nodePort).toBe(udp?.nodePort);
  });

  it('may have no address of its own', () => {
    expect(created<Service>('Service', aService({ clusterIP: 'None' })).spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
    const external = created<Service>('Service', { spec: { type: 'ExternalName', externalName: 'example.com' } });
    expect(external.spec).toEqual({ externalName: 'example.com', sessionAffinity: 'None', type: 'ExternalName' });
  });

  it('keeps what it was given when an update leaves it out', () => {
    const update = updated<Service>('Service', aService({ type: 'NodePort' }), aService({ type: 'NodePort' }));
    expect(update.spec).toMatchObject({ clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ nodePort: 30_001 }] });
  });

  it('gives back what its new type does not use', () => {
    const cluster = anEmptyCluster();
    const inside = updated<Service>('Service', aService({ type: 'NodePort' }), aService({ type: 'ClusterIP' }), cluster);
    expect(inside.spec?.ports?.[0]?.nodePort).toBeUndefined();
    expect(inside.spec?.externalTrafficPolicy).toBeUndefined();
    expect(cluster.released).toEqual([30_001]);
    const elsewhere = updated<Service>('Service', aService(), { spec: { type: 'ExternalName', externalName: 'a.b' } }, cluster);
    expect(elsewhere.spec?.clusterIP).toBeUndefined();
    expect(cluster.released).toHaveLength(2);
  });

  it('gives everything back when it is deleted', () => {
    const cluster = anEmptyCluster();
    kindOf('Service').afterDelete?.(created('Service', aService({ type: 'NodePort' }), cluster), cluster.context);
    expect(cluster.released).toEqual(['10.96.0.1', 30_001]);
  });

  it('keeps its address', () => {
    expect(updateErrors('Service', aService(), aService({ clusterIP: '10.96.5.5' }))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.5.5"]: may not change once set',
    ]);
  });

  it.each([
    [{ ports: [] }, 'spec.ports: Required value'],
    [{ ports: [{ port: 0 }] }, 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [{ ports: [{ port: 80 }, { name: 'b', port: 81 }] }, 'spec.ports[0].name: Required value'],
    [
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
      },
      'spec.ports[1].name: Duplicate value: "a"',
    ],
    [
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [
      { ports: [{ port: 80, protocol: 'HTTP' }] },
      'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      { ports: [{ port: 80, targetPort: 'no_name' }] },
      'spec.ports[0].targetPort: Invalid value: "no_name": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
    [{ sessionAffinity: 'Cookie' }, 'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"'],
    [
      { type: 'Cluster' },
      'spec.type: Unsupported value: "Cluster": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [{ ports: [{ port: 80, nodePort: 30_080 }] }, "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    [
      { type: 'NodePort', clusterIP: 'None' },
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
    ],
    [
      { selector: { 'a b': 'c' } },
      "spec.selector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('Service', aService(spec))).toContain(error);
  });

  it('must be told the name it stands for', () => {
    expect(creationErrors('Service', { spec: { type: 'ExternalName' } })).toContain('spec.externalName: Required value');
  });

  it.each([
    [{ clusterIPs: ['10.96.0.9'] }, {}, 'ClusterIP', '10.96.0.9', '<none>', '80/TCP'],
    [{ clusterIPs: ['None'] }, {}, 'ClusterIP', 'None', '<none>', '80/TCP'],
    [
      { type: 'NodePort', clusterIPs: ['10.96.0.9'], ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }] },
      {},
      'NodePort',
      '10.96.0.9',
      '<none>',
      '80:30080/TCP',
    ],
    [
      {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.9'],
        ports: [
          { port: 80, nodePort: 30_080, protocol: 'TCP' },
          { port: 53, nodePort: 30_053, protocol: 'UDP' },
        ],
      },
      {},
      'LoadBalancer',
      '10.96.0.9',
      '<pending>',
      '80:30080/TCP,53:30053/UDP',
    ],
    [
      { type: 'LoadBalancer', clusterIPs: ['10.96.0.9'] },
      { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
      'LoadBalancer',
      '10.96.0.9',
      '1.2.3.4',
      '80/TCP',
    ],
    [{ clusterIPs: ['10.96.0.9'], externalIPs: ['5.6.7.8'] }, {}, 'ClusterIP', '10.96.0.9', '5.6.7.8', '80/TCP'],
    [{ type: 'ExternalName', externalName: 'a.b', ports: undefined }, {}, 'ExternalName', '<none>', 'a.b', '<none>'],
  ])('%j is shown as kubectl shows it', (spec, status, type, clusterIp, externalIp, ports) => {
    const object = aService({ type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }], ...spec }, { status });
    expect(row('Service', object, true)).toEqual({
      Name: 'web',
      Type: type,
      'Cluster-IP': clusterIp,
      'External-IP': externalIp,
      'Port(s)': ports,
      Age: '12h',
      Selector: 'app=web',
    });
  });
});

describe('endpoints', () => {
  it('warn that they are of the past', () => {
    expect(kindOf('Endpoints').deprecated).toBe('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
  });

  it('speak TCP unless told otherwise', () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }];
    expect(created<Endpoints>('Endpoints', { subsets }).subsets?.[0]?.ports?.[0]?.protocol).toBe('TCP');
  });

  it.each([
    [undefined, '<none>'],
    [[{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80 }] }], '10.0.0.1:80,10.0.0.2:80'],
    [
      [{ addresses: ['1', '2', '3', '4', '5'].map((last) => ({ ip: `10.0.0.${last}` })), ports: [{ port: 80 }] }],
      '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...',
    ],
  ])('%j are shown as kubectl shows them', (subsets, text) => {
    expect(row('Endpoints', { subsets })).toEqual({ Name: 'web', Endpoints: text, Age: '12h' });
  });

  it('must be real addresses', () => {
    expect(creationErrors('Endpoints', { subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 80 }] }] })).toEqual([
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ]);
  });
});

describe('an endpoint slice', () => {
  const endpoints = [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }];

  it('gets the defaults of the real server', () => {
    const slice = created<EndpointSlice>('EndpointSlice', { addressType: 'IPv4', endpoints, ports: [{ port: 80 }] });
    expect(slice.ports).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
  });

  it('keeps its type of address', () => {
    expect(updateErrors('EndpointSlice', { addressType: 'IPv4', endpoints: [] }, { addressType: 'IPv6', endpoints: [] })).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('EndpointSlice', { addressType: 'IPv4', endpoints, ports: [{ port: 80 }] })).toEqual({
      Name: 'web',
      AddressType: 'IPv4',
      Ports: '80',
      Endpoints: '10.0.0.1,10.0.0.2',
      Age: '12h',
    });
    expect(row('EndpointSlice', { addressType: 'IPv4', endpoints: [] })).toMatchObject({ Ports: '<unset>', Endpoints: '<unset>' });
  });
});
