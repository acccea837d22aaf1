import { describe, expect, it } from 'vitest';
import type { Ingress } from '../../../../lab-server/embedded/kubernetes/network/ingress/ingress-class.ts';
import { findRoute } from '../../../../lab-server/embedded/kubernetes/network/ingress/routes.ts';

const REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target';

function anIngress(path: string, pathType: string, annotations: Record<string, string> = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: path, uid: path, resourceVersion: '1', creationTimestamp: '', annotations },
    spec: { rules: [{ host: 'web.test', http: { paths: [{ path, pathType, backend: { service: { name: 'web' } } }] } }] },
  };
}

async function pathAt(ingress: Ingress, target: string): Promise<string | undefined> {
  return (await findRoute([ingress], 'web.test', target))?.path;
}

describe('routes of ingresses', () => {
  it('rewrite by the groups of an expression, whatever the case', async () => {
    const ingress = anIngress('/app(/|$)(.*)', 'ImplementationSpecific', { [REWRITE]: '/$2' });
    expect(await pathAt(ingress, '/APP/some/page?x=1')).toBe('/some/page?x=1');
    expect(await pathAt(ingress, '/application')).toBeUndefined();
  });

  it('take an exact path as it is written, and rewrite it', async () => {
    const ingress = anIngress('/a.b', 'Exact', { [REWRITE]: '/index' });
    expect(await pathAt(ingress, '/a.b')).toBe('/index');
    expect(await pathAt(ingress, '/axb')).toBeUndefined();
  });

  it('are found in linear time, whatever expression somebody writes', async () => {
    const ingress = anIngress('/(a+)+b', 'ImplementationSpecific', { 'nginx.ingress.kubernetes.io/use-regex': 'true' });
    expect(await pathAt(ingress, `/${'a'.repeat(5000)}`)).toBeUndefined();
    expect(await pathAt(ingress, `/${'a'.repeat(5000)}b`)).toBe(`/${'a'.repeat(5000)}b`);
  });

  it('pass over expressions that cannot be read', async () => {
    expect(await pathAt(anIngress('/(', 'ImplementationSpecific', { [REWRITE]: '/' }), '/(')).toBeUndefined();
  });
});
