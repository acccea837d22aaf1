import { describe, expect, it } from 'vitest';
import { jsonProblem } from '../../../../lab-server/embedded/kubernetes/api/decode/json-problem.ts';
import { negotiate } from '../../../../lab-server/embedded/kubernetes/api/negotiate.ts';
import { parseRequest } from '../../../../lab-server/embedded/kubernetes/api/request-info.ts';
import { fieldSelector, labelSelector } from '../../../../lab-server/embedded/kubernetes/api/selectors.ts';
import { readPath } from '../../../../lab-server/embedded/kubernetes/api/custom/json-path.ts';
import { TokenIssuer } from '../../../../lab-server/embedded/kubernetes/api/auth/tokens.ts';
import { createAuthority, issueCertificate } from '../../../../lab-server/embedded/runtime/certificates/certificates.ts';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { aCore } from './core-builder.ts';

describe('a request', () => {
  it.each([
    ['GET', '/api/v1/pods', '', { verb: 'list', resource: 'pods', namespace: undefined }],
    ['GET', '/api/v1/pods', 'watch=true', { verb: 'watch', resource: 'pods' }],
    ['GET', '/api/v1/watch/pods', '', { verb: 'watch', resource: 'pods' }],
    ['GET', '/api/v1/namespaces/a/pods/b/log', '', { verb: 'get', namespace: 'a', resource: 'pods', name: 'b', subresource: 'log' }],
    ['GET', '/api/v1/namespaces/a', '', { verb: 'get', namespace: 'a', resource: 'namespaces', name: 'a', subresource: '' }],
    ['PUT', '/api/v1/namespaces/a/finalize', '', { verb: 'update', resource: 'namespaces', name: 'a', subresource: 'finalize' }],
    [
      'POST',
      '/apis/apps/v1/namespaces/a/deployments',
      '',
      { verb: 'create', group: 'apps', version: 'v1', resource: 'deployments', name: '' },
    ],
    ['DELETE', '/apis/apps/v1/namespaces/a/deployments', '', { verb: 'deletecollection' }],
    ['GET', '/api/v1/namespaces/a/services/b:80/proxy/x/y', '', { name: 'b:80', subresource: 'proxy', rest: ['x', 'y'] }],
    ['GET', '/apis/apps/v1', '', { isResource: false, verb: 'get' }],
    ['GET', '/healthz', '', { isResource: false, path: '/healthz' }],
  ])('%s %s?%s asks for what its path says', (method, path, query, expected) => {
    expect(parseRequest(method, path, new URLSearchParams(query))).toMatchObject(expected);
  });

  it.each([
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'Table'],
    ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', 'object'],
    ['application/vnd.kubernetes.protobuf,application/json', 'object'],
    ['application/json;q=0.5,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1;q=0.9', 'PartialObjectMetadata'],
    [undefined, 'object'],
  ])('that accepts %s gets %s', (accept, as) => {
    expect(negotiate(accept).as).toBe(as);
  });

  it('that accepts nothing that is spoken here is refused', () => {
    expect(() => negotiate('application/vnd.kubernetes.protobuf')).toThrow('only the following media types are accepted');
  });
});

describe('selectors', () => {
  const object = (labels: Record<string, string>) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels } });

  it.each([
    ['app=web', { app: 'web' }, true],
    ['app==web,tier!=db', { app: 'web' }, true],
    ['app in (web, api)', { app: 'api' }, true],
    ['app notin (web)', {}, true],
    ['app', {}, false],
    ['!app', {}, true],
    ['n>3', { n: '4' }, true],
    ['n<3', { n: '4' }, false],
    ['app=', { app: '' }, true],
    ['example.com/app=web', { 'example.com/app': 'web' }, true],
  ])('by labels: %s of %j is %s', (text, labels, expected) => {
    expect(labelSelector(text)?.(object(labels))).toBe(expected);
  });

  it.each(['a in', 'a in (b', '=a', 'a=b,', 'a b', 'a=b c', '-=x', 'n>x'])('that are malformed are refused: %s', (text) => {
    expect(() => labelSelector(text)).toThrow('unable to parse requirement');
  });

  it('by fields take only those that the kind has', () => {
    const pods = aCore().resource('pods');
    const running = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, status: { phase: 'Running' } };
    expect(fieldSelector(pods, 'status.phase=Running,metadata.name!=other')?.(running)).toBe(true);
    expect(() => fieldSelector(pods, 'status.reason=x')).toThrow('field label not supported: status.reason');
  });
});

describe('what is wrong with JSON', () => {
  it.each([
    ['{bad', "invalid character 'b' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{"a":"b', 'unexpected end of JSON input'],
    ['', 'unexpected end of JSON input'],
  ])('%s: %s', (text, problem) => {
    expect(jsonProblem(text)).toBe(problem);
  });
});

describe('JSON paths', () => {
  const tree = {
    spec: {
      list: [
        { name: 'a', value: 1 },
        { name: 'b', value: 2 },
      ],
      'odd.key': 'x',
    },
  };
  it.each([
    ['.spec.list[0].name', ['a']],
    ['.spec.list[-1].name', ['b']],
    ['.spec.list[*].value', [1, 2]],
    ['.spec.list[?(@.name=="b")].value', [2]],
    [String.raw`.spec.odd\.key`, ['x']],
    [".spec['odd.key']", ['x']],
    ['{.spec.list[1].name}', ['b']],
    ['.spec.missing.more', []],
  ])('%s leads to %j', (path, values) => {
    expect(readPath(tree, path)).toEqual(values);
  });
});

describe('the keys of a cluster', () => {
  it('sign certificates that its authority answers for', () => {
    const now = Date.UTC(2026, 0, 1);
    const authority = createAuthority('minikubeCA', now);
    const { certificate } = issueCertificate(authority, 'minikubeCA', {
      commonName: 'minikube',
      organizations: ['system:masters'],
      usage: 'server',
      altNames: ['localhost', '10.96.0.1'],
      now,
    });
    const read = new X509Certificate(certificate);
    expect(read.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect([read.subject, read.checkHost('localhost'), read.checkIP('10.96.0.1')]).toEqual([
      'O=system:masters\nCN=minikube',
      'localhost',
      '10.96.0.1',
    ]);
    expect(new X509Certificate(authority.certificate).ca).toBe(true);
  });

  it('sign tokens that are good for their time and untouched', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const issuer = new TokenIssuer(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'key');
    const token = issuer.issue({ namespace: 'default', name: 'bob', uid: 'u' }, ['api'], 600, 0);
    expect(issuer.read(token, 1000)?.sub).toBe('system:serviceaccount:default:bob');
    expect(issuer.read(token, 601_000)).toBeUndefined();
    const [head, body = '', signature] = token.split('.');
    const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('bob', 'eve')).toString('base64url');
    expect(issuer.read([head, forged, signature].join('.'), 1000)).toBeUndefined();
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(issuer.read(`${unsigned}.${body}.`, 1000)).toBeUndefined();
  });
});
