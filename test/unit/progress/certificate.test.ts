import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CertificateSigner } from '../../../lab-server/progress/index.ts';
import type { Certificate } from '../../../lab-server/protocol/index.ts';

const newKey = (): string => String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const signer = new CertificateSigner(newKey());
const certificate: Certificate = {
  version: 1,
  issuer: 'dockside.test',
  chapter: 'orchestration',
  chapterTitle: 'Orchestration features',
  name: 'Ada Lovelace',
  issuedAt: '2026-11-25T10:00:00.000Z',
  exercises: [{ exercise: 'first-pod', title: 'First pod', score: 5, outOf: 5 }],
};
const token = signer.sign(certificate);

test('a certificate is verified by the key that signed it, and says what it said', () => {
  expect(signer.verify(token)).toEqual({ valid: true, certificate });
});

test('another server’s key does not verify it', () => {
  expect(new CertificateSigner(newKey()).verify(token)).toEqual({ valid: false });
});

test('a certificate with any letter changed is refused', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...letters.split('')), (at, letter) => {
      fc.pre(token[at] !== letter);
      const changed = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`;
      expect(signer.verify(changed)).toEqual({ valid: false });
    }),
  );
});

test.each(['', '.', 'a.b', `${token}.more`, `${token} `, token.split('.')[0] ?? '', `.${token.split('.')[1] ?? ''}`])(
  '%j is no certificate',
  (text) => {
    expect(signer.verify(text)).toEqual({ valid: false });
  },
);
