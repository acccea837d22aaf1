import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PAYLOAD, readMessage, writeMessage } from '../../../lab-server/embedded/aws/services/ecs/exec/agent-message.ts';
import { commandWords } from '../../../lab-server/embedded/aws/services/ecs/exec/command-words.ts';

test('a message has its fields where the plugin reads them', () => {
  const { id, bytes } = writeMessage('output_stream_data', 7, PAYLOAD.output, Buffer.from('hello'), 1234);
  expect(bytes.readUInt32BE(0)).toBe(116);
  expect(bytes.toString('ascii', 4, 36)).toBe('output_stream_data'.padEnd(32));
  expect(bytes.readUInt32BE(36)).toBe(1);
  expect(bytes.readBigUInt64BE(40)).toBe(1234n);
  expect(bytes.readBigInt64BE(48)).toBe(7n);
  expect(bytes.toString('hex', 72, 80) + bytes.toString('hex', 64, 72)).toBe(id.replaceAll('-', ''));
  expect(bytes.readUInt32BE(112)).toBe(1);
  expect(bytes.readUInt32BE(116)).toBe(5);
  expect(bytes.toString('utf8', 120)).toBe('hello');
  expect(readMessage(bytes)).toMatchObject({ type: 'output_stream_data', id, sequence: 7, payloadType: 1 });
});

test('whatever bytes come, reading them never throws', () => {
  const read = (bytes: Uint8Array): boolean => typeof readMessage(Buffer.from(bytes)) !== 'string';
  expect(() => fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read))).not.toThrow();
});

test('a command line is split as a shell would', () => {
  expect(commandWords(`sh -c "echo 'a  b' \\"c\\"" ''`)).toEqual(['sh', '-c', `echo 'a  b' "c"`, '']);
});
