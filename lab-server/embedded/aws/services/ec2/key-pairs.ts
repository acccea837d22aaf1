// Key pairs: made here with their private key told once, or brought along.
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, listOf, save, tableOf } from './collection.ts';
import { missing } from './errors.ts';
import { newId } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

type KeyPair = Timestamped<sdk.KeyPairInfo>;

export const keyPairs = collection<KeyPair>({
  type: 'key-pair',
  table: 'ec2.key-pairs',
  code: 'InvalidKeyPair.NotFound',
  what: 'key pair',
  idOf: (pair) => pair.KeyPairId,
  fields: { 'key-pair-id': (pair) => pair.KeyPairId, 'key-name': (pair) => pair.KeyName, fingerprint: (pair) => pair.KeyFingerprint },
});

function named(name: string | undefined, call: Call): KeyPair | undefined {
  return listOf(keyPairs, call).find((pair) => pair.KeyName === name);
}

function checkFree(name: string | undefined, call: Call): void {
  if (named(name, call)) {
    throw new AwsError('InvalidKeyPair.Duplicate', `The keypair '${name ?? ''}' already exists.`);
  }
}

const colons = (hex: string): string => hex.match(/../g)?.join(':') ?? '';

function sshText(type: string, parts: readonly Buffer[]): string {
  const body = Buffer.concat([Buffer.from(type), ...parts].flatMap((part) => [lengthOf(part), part]));
  return `${type} ${body.toString('base64')}`;
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}

/** A number as SSH writes it: with a zero before a first bit that is set. */
function mpint(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

function create(input: Timestamped<sdk.CreateKeyPairRequest>, call: Call): Timestamped<Omit<sdk.KeyPair, '$metadata'>> {
  checkFree(input.KeyName, call);
  const type = input.KeyType ?? 'rsa';
  const made = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = made.publicKey.export({ format: 'jwk' });
  const material =
    type === 'ed25519'
      ? made.privateKey.export({ type: 'pkcs8', format: 'pem' })
      : made.privateKey.export({ type: 'pkcs1', format: 'pem' });
  const publicKey =
    type === 'ed25519'
      ? sshText('ssh-ed25519', [Buffer.from(jwk.x ?? '', 'base64url')])
      : sshText('ssh-rsa', [mpint(Buffer.from(jwk.e ?? '', 'base64url')), mpint(Buffer.from(jwk.n ?? '', 'base64url'))]);
  const digest = createHash(type === 'ed25519' ? 'sha256' : 'sha1').update(made.privateKey.export({ type: 'pkcs8', format: 'der' }));
  const fingerprint = type === 'ed25519' ? digest.digest('base64') : colons(digest.digest('hex'));
  const tags = tagsFor('key-pair', input.TagSpecifications);
  const pair = save(
    keyPairs,
    {
      KeyPairId: newId('key'),
      KeyName: input.KeyName,
      KeyFingerprint: fingerprint,
      KeyType: type,
      Tags: tags,
      CreateTime: call.clock.now(),
      PublicKey: publicKey,
    },
    call,
  );
  return { KeyPairId: pair.KeyPairId, KeyName: pair.KeyName, KeyFingerprint: fingerprint, KeyMaterial: material.toString(), Tags: tags };
}

/** Type and fingerprint of a public key in the form of SSH or PEM. Throws InvalidKey.Format. */
function readPublicKey(text: string): { type: 'rsa' | 'ed25519'; fingerprint: string } {
  const [type = '', body = ''] = text.trim().split(/\s+/);
  try {
    if (type === 'ssh-rsa') {
      const fields = sshFields(Buffer.from(body, 'base64'));
      const [, exponent, modulus] = fields;
      const key = createPublicKey({
        key: { kty: 'RSA', e: exponent?.toString('base64url'), n: modulus?.subarray(modulus[0] === 0 ? 1 : 0).toString('base64url') },
        format: 'jwk',
      });
      const der = key.export({ type: 'spki', format: 'der' });
      return { type: 'rsa', fingerprint: colons(createHash('md5').update(der).digest('hex')) };
    }
    if (type === 'ssh-ed25519' && sshFields(Buffer.from(body, 'base64'))[1]?.length === 32) {
      return { type: 'ed25519', fingerprint: createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64') };
    }
    const key = createPublicKey(text);
    return {
      type: 'rsa',
      fingerprint: colons(
        createHash('md5')
          .update(key.export({ type: 'spki', format: 'der' }))
          .digest('hex'),
      ),
    };
  } catch {
    throw new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
  }
}

function sshFields(body: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= body.length) {
    const length = body.readUInt32BE(at);
    if (at + 4 + length > body.length) {
      throw new RangeError('cut short');
    }
    fields.push(body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

export const keyPairOperations: Readonly<Record<string, Operation>> = {
  CreateKeyPair: operation<sdk.CreateKeyPairRequest, sdk.KeyPair>({ handle: create }),
  ImportKeyPair: operation<sdk.ImportKeyPairRequest, sdk.ImportKeyPairResult>({
    handle: (input, call) => {
      checkFree(input.KeyName, call);
      const text = Buffer.from(input.PublicKeyMaterial ?? new Uint8Array()).toString('utf8');
      const { type, fingerprint } = readPublicKey(text);
      const pair = save(
        keyPairs,
        {
          KeyPairId: newId('key'),
          KeyName: input.KeyName,
          KeyFingerprint: fingerprint,
          KeyType: type,
          Tags: tagsFor('key-pair', input.TagSpecifications),
          CreateTime: call.clock.now(),
          PublicKey: text,
        },
        call,
      );
      return { KeyPairId: pair.KeyPairId, KeyName: pair.KeyName, KeyFingerprint: fingerprint, Tags: pair.Tags };
    },
  }),
  DescribeKeyPairs: operation<sdk.DescribeKeyPairsRequest, sdk.DescribeKeyPairsResult>({
    handle: (input, call) => {
      const ids = [
        ...(input.KeyPairIds ?? []),
        ...(input.KeyNames ?? []).map((name) => {
          const pair = named(name, call);
          if (!pair) {
            throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
          }
          return pair.KeyPairId ?? '';
        }),
      ];
      const { items } = describe(keyPairs, ids, { Filters: input.Filters }, call);
      return { KeyPairs: items.map(({ PublicKey, ...pair }) => (input.IncludePublicKey ? { ...pair, PublicKey } : pair)) };
    },
  }),
  DeleteKeyPair: operation<sdk.DeleteKeyPairRequest, sdk.DeleteKeyPairResult>({
    handle: (input, call) => {
      if (input.KeyName === undefined && input.KeyPairId === undefined) {
        throw missing('KeyName or KeyPairId');
      }
      const pair = listOf(keyPairs, call).find((one) => one.KeyName === input.KeyName || one.KeyPairId === input.KeyPairId);
      // Deleting what is not there is no error.
      if (pair) {
        tableOf(keyPairs, call.tables).delete(scopeKey(call, pair.KeyPairId ?? ''));
      }
      return { Return: true, ...(pair ? { KeyPairId: pair.KeyPairId } : {}) };
    },
  }),
};
