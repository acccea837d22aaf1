import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conform } from '../../../../lab-server/embedded/kubernetes/api/decode/conform.ts';
import { duplicateFields } from '../../../../lab-server/embedded/kubernetes/api/decode/duplicates.ts';
import { loadSchema } from '../../../../lab-server/embedded/kubernetes/schema/index.ts';

const schema = loadSchema();
const deployment = schema.model('V1Deployment');
const pod = schema.model('V1Pod');

function unknownFields(type: typeof pod, input: object): string[] {
  const found: string[] = [];
  conform(type, input, (path) => found.push(path));
  return found;
}

describe('an object that passes its types', () => {
  it('loses unknown fields, which are named by their path', () => {
    const input = { spec: { containers: [{ name: 'a', imag: 'x' }], replicas: 1 }, metadata: { labls: {} } };
    expect(unknownFields(pod, input)).toEqual(['spec.containers[0].imag', 'spec.replicas', 'metadata.labls']);
    expect(conform(pod, input).spec).not.toHaveProperty('replicas');
  });

  it.each([
    [{ spec: { replicas: 'three' } }, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 1.5 } }, 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: 'x' }, 'json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec'],
    [{ spec: { paused: 1 } }, 'json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool'],
    [{ metadata: { labels: { a: 1 } } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
    [
      { spec: { template: { spec: { containers: {} } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { spec: { template: { spec: { containers: [{ env: [{ name: 'A', value: 1 }] }] } } } },
      'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
    ],
    [
      { spec: { template: { spec: { containers: [{ imagePullPolicy: true }] } } } },
      'json: cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy',
    ],
    [
      { spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 'lots' } } }] } } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [{ metadata: { creationTimestamp: 'x' } }, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ])('is refused with the decoder’s words: %j', (input, message) => {
    expect(() => conform(deployment, input)).toThrow(message);
  });

  it('refuses bytes that are no base64', () => {
    expect(() => conform(schema.model('V1Secret'), { data: { a: '!!!!' } })).toThrow('illegal base64 data at input byte 0');
  });

  it('has canonical quantities and times', () => {
    const { spec, metadata } = conform(pod, {
      metadata: { creationTimestamp: '2026-01-01T02:00:00.123+02:00' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    }) as { spec: { containers: { resources: object }[] }; metadata: object };
    expect(spec.containers[0]?.resources).toEqual({ limits: { cpu: '500m', memory: '1Gi' } });
    expect(metadata).toEqual({ creationTimestamp: '2026-01-01T00:00:00Z' });
  });

  it('drops zero values but keeps those that are pointers, and writes structs that are always there', () => {
    expect(
      conform(deployment, {
        metadata: { name: '', labels: {} },
        spec: { replicas: 0, minReadySeconds: 0, paused: false, template: { spec: { containers: [{ name: 'a' }] } } },
      }),
    ).toEqual({
      metadata: {},
      spec: { replicas: 0, strategy: {}, template: { metadata: {}, spec: { containers: [{ name: 'a', resources: {} }] } } },
      status: {},
    });
  });

  it('shares nothing with what it was made from', () => {
    const input = { metadata: { labels: { a: 'b' } } };
    const output = conform(pod, input) as { metadata: { labels: Record<string, string> } };
    output.metadata.labels.a = 'changed';
    expect(input.metadata.labels.a).toBe('b');
  });

  it('comes out the same when it passes again, whatever it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('labels', 'annotations', 'finalizers', 'generation'), (value, field) => {
        let once: object;
        try {
          once = conform(pod, { metadata: { [field]: value } });
        } catch {
          return;
        }
        expect(conform(pod, once)).toEqual(once);
      }),
    );
  });
});

describe('fields that are given twice', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"b":2},"c":[{"d":1},{"d":1,"d":2}]}', ['a.b', 'c[1].d']],
    ['{"a":1, "a":2, "a":3}', ['a']],
    [String.raw`{"a":"x\"}","b":[1,2],"b":null}`, ['b']],
    ['{ "a": 1 }', []],
    ['[]', []],
  ])('are found in %s', (text, expected) => {
    expect(duplicateFields(text, JSON.parse(text))).toEqual(expected);
  });

  it('are never found in what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(duplicateFields(text, JSON.parse(text))).toEqual([]);
      }),
    );
  });
});
