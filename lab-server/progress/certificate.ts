// Certificates: what one says, signed with Ed25519 by a key that never leaves the store. Whoever changes a letter breaks the signature.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { type Certificate, certificateSchema, type Verified } from '../protocol/index.ts';
import type { Store } from '../store/index.ts';

const PURPOSE = 'certificates';

export class CertificateSigner {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(privateKey: string) {
    this.#privateKey = createPrivateKey(privateKey);
    this.#publicKey = createPublicKey(this.#privateKey);
  }

  /** With the store's key, which is made at the first use. */
  static async of(store: Store): Promise<CertificateSigner> {
    return new CertificateSigner(await store.signingKey(PURPOSE, newKey));
  }

  /** `payload.signature`, both in base64url. */
  sign(certificate: Certificate): string {
    const payload = Buffer.from(JSON.stringify(certificate));
    return `${payload.toString('base64url')}.${sign(null, payload, this.#privateKey).toString('base64url')}`;
  }

  verify(token: string): Verified {
    const [payload = '', signature = '', ...rest] = token.split('.');
    const bytes = Buffer.from(payload, 'base64url');
    const signed = Buffer.from(signature, 'base64url');
    // base64url has more than one spelling of the same bytes; only ours is taken.
    const isCanonical = rest.length === 0 && `${bytes.toString('base64url')}.${signed.toString('base64url')}` === token;
    if (!isCanonical || !verify(null, bytes, this.#publicKey, signed)) {
      return { valid: false };
    }
    return { valid: true, certificate: certificateSchema.parse(JSON.parse(bytes.toString('utf8'))) };
  }
}

function newKey(): string {
  return String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
}
