import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope, readMessage } from '../../../../lab-server/embedded/kubernetes/api/decode/protobuf.ts';
import { DecodeError } from '../../../../lab-server/embedded/kubernetes/api/decode/scalars.ts';
import { fieldsByNumber, loadSchema } from '../../../../lab-server/embedded/kubernetes/schema/index.ts';

const schema = loadSchema();

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** A field that holds bytes, text or a message. */
function held(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function counted(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function numberOf(model: string, field: string): number {
  const found = [...(fieldsByNumber(model) ?? [])].find(([, one]) => ('name' in one ? one.name : one.embedded) === field);
  return found?.[0] ?? 0;
}

describe('an object in protobuf', () => {
  it('reads as the JSON that would have been sent', () => {
    const metadata = Buffer.concat([
      held(numberOf('V1ObjectMeta', 'name'), 'web'),
      held(numberOf('V1ObjectMeta', 'labels'), Buffer.concat([held(1, 'app'), held(2, 'web')])),
    ]);
    const port = counted(numberOf('V1ContainerPort', 'containerPort'), 8080);
    const probe = held(
      1,
      held(
        numberOf('V1ProbeHandler', 'httpGet'),
        held(numberOf('V1HTTPGetAction', 'port'), Buffer.concat([counted(1, 1), held(3, 'http')])),
      ),
    );
    const limits = held(1, Buffer.concat([held(1, 'cpu'), held(2, held(1, '500m'))]));
    const container = Buffer.concat([
      held(numberOf('V1Container', 'name'), 'nginx'),
      held(numberOf('V1Container', 'ports'), port),
      held(numberOf('V1Container', 'livenessProbe'), probe),
      held(numberOf('V1Container', 'resources'), limits),
    ]);
    const volume = Buffer.concat([held(1, 'data'), held(2, held(numberOf('V1VolumeSource', 'emptyDir'), ''))]);
    const spec = Buffer.concat([held(numberOf('V1PodSpec', 'containers'), container), held(numberOf('V1PodSpec', 'volumes'), volume)]);
    const pod = Buffer.concat([held(1, metadata), held(2, spec)]);
    const body = Buffer.concat([Buffer.from('k8s\0'), held(1, Buffer.concat([held(1, 'v1'), held(2, 'Pod')])), held(2, pod)]);
    const { apiVersion, kind, raw } = readEnvelope(body);
    expect([apiVersion, kind]).toEqual(['v1', 'Pod']);
    expect(readMessage(schema.model('V1Pod'), raw)).toEqual({
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'nginx',
            ports: [{ containerPort: 8080 }],
            livenessProbe: { httpGet: { port: 'http' } },
            resources: { limits: { cpu: '500m' } },
          },
        ],
        volumes: [{ name: 'data', emptyDir: {} }],
      },
    });
  });

  it('reads times, and a time that is none', () => {
    const of = (time: Buffer): unknown =>
      readMessage(schema.model('V1ObjectMeta'), held(numberOf('V1ObjectMeta', 'creationTimestamp'), time)).creationTimestamp;
    expect([of(counted(1, 1_767_225_600)), of(Buffer.alloc(0))]).toEqual(['2026-01-01T00:00:00Z', null]);
  });

  it('that is cut off or garbled is refused, never misread', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          readMessage(schema.model('V1Pod'), Buffer.from(bytes));
        } catch (error) {
          return error instanceof DecodeError;
        }
        return true;
      }),
    );
    expect(() => readEnvelope(Buffer.from('{}'))).toThrow('provided data does not appear to be a protobuf message');
  });
});
