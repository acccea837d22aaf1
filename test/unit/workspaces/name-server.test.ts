// The workspace's name server, by its messages.
import { decode, encode, RECURSION_DESIRED, type Question } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answer, lookupIn, type Lookup } from '../../../lab-server/workspaces/relay/name-server.ts';

const lookup: Lookup = async (name) => (name === 'known.local' ? '10.0.0.7' : undefined);

async function ask(type: Question['type'], name: string, by = lookup): Promise<{ code: number; addresses: unknown[] }> {
  const reply = await answer(encode({ type: 'query', id: 77, flags: RECURSION_DESIRED, questions: [{ type, name }] }), by);
  if (!reply) {
    throw new Error('no reply came');
  }
  const packet = decode(reply);
  expect(packet).toMatchObject({ id: 77, type: 'response' });
  return { code: (packet.flags ?? 0) & 15, addresses: (packet.answers ?? []).map((record) => ('data' in record ? record.data : '')) };
}

test('a known name has its address, in whatever case it is asked', async () => {
  expect(await ask('A', 'Known.LOCAL')).toEqual({ code: 0, addresses: ['10.0.0.7'] });
});

test('a known name exists without IPv6 addresses', async () => {
  expect(await ask('AAAA', 'known.local')).toEqual({ code: 0, addresses: [] });
});

test('an unknown name does not exist, and a failing lookup is a failure', async () => {
  expect(await ask('A', 'example.org')).toEqual({ code: 3, addresses: [] });
  expect(await ask('A', 'x', () => Promise.reject(new Error('broken')))).toEqual({ code: 2, addresses: [] });
});

test('a wildcard stands for every depth below it and not for itself; the longest name wins', () => {
  const find = lookupIn({ '*.amazonaws.com': '1.1.1.1', '*.eu-west-1.amazonaws.com': '2.2.2.2', 'sts.amazonaws.com': '3.3.3.3' });
  expect(find('ecs.us-east-1.amazonaws.com')).toBe('1.1.1.1');
  expect(find('ecs.eu-west-1.amazonaws.com')).toBe('2.2.2.2');
  expect(find('sts.amazonaws.com')).toBe('3.3.3.3');
  expect(find('amazonaws.com')).toBeUndefined();
  expect(find('evilamazonaws.com')).toBeUndefined();
});

test('bytes that are no question get no answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      const reply = await answer(Buffer.from(bytes), lookup);
      expect(reply === undefined || decode(reply).type === 'response').toBe(true);
    }),
  );
  expect(await answer(encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'known.local' }] }), lookup)).toBeUndefined();
});
