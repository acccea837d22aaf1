import { describe, expect, it } from 'vitest';
import { created, creationErrors, kindOf, row, updateErrors } from './submit.ts';

const backend = { service: { name: 'web', port: { number: 80 } } };
const aPath = (more: object = {}) => ({ path: '/', pathType: 'Prefix', backend, ...more });
const anIngress = (paths: object[], host?: string) => ({ spec: { rules: [{ ...(host && { host }), http: { paths } }] } });

describe('an ingress', () => {
  it.each([
    [{}, 'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    [anIngress([]).spec, 'spec.rules[0].http.paths: Required value'],
    [anIngress([aPath({ pathType: undefined })]).spec, 'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    [
      anIngress([aPath({ pathType: 'Regex' })]).spec,
      'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
    [anIngress([aPath({ path: 'x' })]).spec, 'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
    [anIngress([aPath({ path: '/a//b' })]).spec, 'spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\''],
    [
      anIngress([aPath({ backend: { service: { name: 'web', port: {} } } })]).spec,
      'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
    ],
    [
      anIngress([aPath({ backend: { service: { name: 'web', port: { name: 'http', number: 80 } } } })]).spec,
      'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number',
    ],
    [anIngress([aPath()], '1.2.3.4').spec, 'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('Ingress', { spec })).toEqual([error]);
  });

  it('warns of an annotation that is of the past', () => {
    const ingress = created('Ingress', { metadata: { annotations: { 'kubernetes.io/ingress.class': 'nginx' } }, ...anIngress([aPath()]) });
    expect(kindOf('Ingress').warnings?.(ingress)).toEqual([
      'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
    ]);
  });

  it('is shown as kubectl shows it', () => {
    const spec = {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['a'] }],
      rules: ['a', 'b', 'c', 'd'].map((host) => ({ host, http: { paths: [aPath()] } })),
    };
    expect(row('Ingress', { spec, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } })).toEqual({
      Name: 'web',
      Class: 'nginx',
      Hosts: 'a,b,c + 1 more...',
      Address: '1.2.3.4',
      Ports: '80, 443',
      Age: '12h',
    });
    expect(row('Ingress', anIngress([aPath()]))).toMatchObject({ Class: '<none>', Hosts: '*', Address: '', Ports: '80' });
  });
});

describe('an ingress class', () => {
  it('keeps its controller', () => {
    expect(updateErrors('IngressClass', { spec: { controller: 'a.b/c' } }, { spec: { controller: 'a.b/d' } })).toEqual([
      'spec.controller: Invalid value: "a.b/d": field is immutable',
    ]);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('IngressClass', { spec: { controller: 'a.b/c' } })).toEqual({
      Name: 'web',
      Controller: 'a.b/c',
      Parameters: '<none>',
      Age: '12h',
    });
  });
});

describe('a network policy', () => {
  it('is about what it has rules for', () => {
    expect(created('NetworkPolicy', { spec: { podSelector: {} } })).toMatchObject({ spec: { policyTypes: ['Ingress'] } });
    const egress = [{ ports: [{ port: 53 }] }];
    expect(created('NetworkPolicy', { spec: { podSelector: {}, egress } })).toMatchObject({
      spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }] },
    });
  });

  it.each([
    [{ policyTypes: ['Both'] }, 'spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'],
    [{ ingress: [{ from: [{}] }] }, 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }] },
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [
      { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] }] },
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ],
    [
      { ingress: [{ ports: [{ port: 80, endPort: 70 }] }] },
      'spec.ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`',
    ],
    [{ ingress: [{ ports: [{ port: 0 }] }] }, 'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('NetworkPolicy', { spec: { podSelector: {}, ...spec } })).toEqual([error]);
  });

  it('is shown as kubectl shows it', () => {
    expect(row('NetworkPolicy', { spec: { podSelector: { matchLabels: { app: 'db' } } } })).toEqual({
      Name: 'web',
      'Pod-Selector': 'app=db',
      Age: '12h',
    });
    expect(row('NetworkPolicy', { spec: { podSelector: {} } })).toMatchObject({ 'Pod-Selector': '<none>' });
  });
});
