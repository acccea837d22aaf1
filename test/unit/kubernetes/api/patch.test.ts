import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from '../../../../lab-server/embedded/kubernetes/api/patch/json-patch.ts';
import { applyMergePatch } from '../../../../lab-server/embedded/kubernetes/api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../../../lab-server/embedded/kubernetes/api/patch/strategic-merge-patch.ts';
import { loadSchema } from '../../../../lab-server/embedded/kubernetes/schema/index.ts';

const schema = loadSchema();

describe('a JSON patch', () => {
  it.each([
    [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    [{ a: { 'b/c': 1 } }, [{ op: 'replace', path: '/a/b~1c', value: 2 }], { a: { 'b/c': 2 } }],
    [{ a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    [{ a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    [
      { a: { x: 1 } },
      [
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'add', path: '/b/x', value: 2 },
      ],
      { a: { x: 1 }, b: { x: 2 } },
    ],
    [{ a: 1 }, [{ op: 'test', path: '/a', value: 1 }], { a: 1 }],
  ])('changes %j by %j', (document, patch, expected) => {
    expect(applyJsonPatch(document, patch)).toEqual(expected);
  });

  it.each([
    [[{ op: 'remove', path: '/missing' }]],
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'add', path: '/x/y', value: 1 }]],
    [[{ op: 'dance', path: '/a' }]],
    [[{ op: 'replace', path: 'a', value: 1 }]],
    [[{ op: 'add', path: '/list/9', value: 1 }]],
  ])('that does not apply is refused as a whole: %j', (patch) => {
    const document = { a: 1, list: [] };
    expect(() => applyJsonPatch(document, patch)).toThrow('the server rejected our request due to an error in our request');
    expect(document).toEqual({ a: 1, list: [] });
  });

  it('never reaches a prototype', () => {
    applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    expect(() => applyJsonPatch({}, [{ op: 'add', path: '/constructor/prototype/polluted', value: true }])).toThrow(
      'the server rejected our request',
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a JSON merge patch', () => {
  it('merges objects, replaces everything else, and removes with null', () => {
    expect(applyMergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null, e: 3 }, d: [2] })).toEqual({ a: { c: 2, e: 3 }, d: [2] });
  });

  it('applied twice is applied once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('a strategic merge patch', () => {
  const pod = schema.model('V1Pod');
  const podOf = (spec: object): Record<string, unknown> => ({ spec });
  const patched = (spec: object, patch: object): unknown => applyStrategicMergePatch(pod, podOf(spec), podOf(patch)).spec;

  it('merges a list by its key', () => {
    const spec = {
      containers: [
        { name: 'a', image: 'x', env: [{ name: 'E', value: '1' }] },
        { name: 'b', image: 'y' },
      ],
    };
    expect(patched(spec, { containers: [{ name: 'a', image: 'z', env: [{ name: 'F', value: '2' }] }] })).toEqual({
      containers: [
        {
          name: 'a',
          image: 'z',
          env: [
            { name: 'F', value: '2' },
            { name: 'E', value: '1' },
          ],
        },
        { name: 'b', image: 'y' },
      ],
    });
  });

  it('puts an item that is new before those that only the server has', () => {
    expect(patched({ containers: [{ name: 'a' }] }, { containers: [{ name: 'new' }] })).toEqual({
      containers: [{ name: 'new' }, { name: 'a' }],
    });
  });

  it('keeps the order that the patch asks for', () => {
    expect(
      patched(
        { containers: [{ name: 'a' }, { name: 'b' }] },
        { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }, { name: 'c' }], containers: [{ name: 'c' }] },
      ),
    ).toEqual({ containers: [{ name: 'b' }, { name: 'a' }, { name: 'c' }] });
  });

  it('deletes an item, replaces a list, deletes and replaces a map', () => {
    const spec = { containers: [{ name: 'a' }, { name: 'b' }], nodeSelector: { x: '1' }, securityContext: { runAsUser: 1 } };
    expect(patched(spec, { containers: [{ $patch: 'delete', name: 'a' }] })).toMatchObject({ containers: [{ name: 'b' }] });
    expect(patched(spec, { containers: [{ $patch: 'replace' }, { name: 'c' }] })).toMatchObject({ containers: [{ name: 'c' }] });
    expect(patched(spec, { securityContext: { $patch: 'replace', runAsGroup: 2 } })).toMatchObject({ securityContext: { runAsGroup: 2 } });
    expect(patched(spec, { nodeSelector: { x: null, y: '2' } })).toMatchObject({ nodeSelector: { y: '2' } });
  });

  it('retains only the keys that the patch names', () => {
    const deployment = schema.model('V1Deployment');
    const original = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(applyStrategicMergePatch(deployment, original, patch)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });

  it('replaces lists that have no key', () => {
    expect(patched({ containers: [{ name: 'a', command: ['x', 'y'] }] }, { containers: [{ name: 'a', command: ['z'] }] })).toEqual({
      containers: [{ name: 'a', command: ['z'] }],
    });
  });

  it('takes values out of a list of texts', () => {
    const type = schema.model('V1Pod');
    const original = { metadata: { finalizers: ['a', 'b'] } };
    expect(applyStrategicMergePatch(type, original, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('refuses an item without the key', () => {
    expect(() => patched({ containers: [{ name: 'a' }] }, { containers: [{ image: 'x' }] })).toThrow(
      'map: map[image:x] does not contain declared merge key: name',
    );
  });
});
