// ServiceAccount tokens: JSON web tokens signed by the cluster, bound to an account and, where asked, to a pod.
import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

export interface TokenClaims {
  aud: string[];
  exp: number;
  iat: number;
  iss: string;
  jti: string;
  nbf: number;
  sub: string;
  'kubernetes.io': {
    namespace: string;
    serviceaccount: { name: string; uid: string };
    pod?: { name: string; uid: string };
    node?: { name: string; uid: string };
    secret?: { name: string; uid: string };
  };
}

export interface TokenSubject {
  namespace: string;
  name: string;
  uid: string;
  pod?: { name: string; uid: string };
  node?: { name: string; uid: string };
}

/** Signs and reads tokens with the cluster's key (ES256). */
export class TokenIssuer {
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #keyId: string;

  constructor(privateKeyPem: string, keyId: string) {
    this.#private = createPrivateKey(privateKeyPem);
    this.#public = createPublicKey(this.#private);
    this.#keyId = keyId;
  }

  /** `now` in milliseconds; the token is good for `seconds`. */
  issue(subject: TokenSubject, audiences: readonly string[], seconds: number, now: number): string {
    const at = Math.floor(now / 1000);
    const claims: TokenClaims = {
      aud: [...audiences],
      exp: at + seconds,
      iat: at,
      iss: ISSUER,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace: subject.namespace,
        ...(subject.node && { node: subject.node }),
        ...(subject.pod && { pod: subject.pod }),
        serviceaccount: { name: subject.name, uid: subject.uid },
      },
      nbf: at,
      sub: `system:serviceaccount:${subject.namespace}:${subject.name}`,
    };
    const head = encode({ alg: 'ES256', kid: this.#keyId });
    const signed = `${head}.${encode(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: this.#private, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** The claims of a token of this cluster that is good at `now`; undefined for any other text. */
  read(token: string, now: number): TokenClaims | undefined {
    const parts = token.split('.');
    if (parts.length !== 3) {
      return undefined;
    }
    const [head = '', body = '', signature = ''] = parts;
    const header = decode(head) as { alg?: unknown } | undefined;
    const claims = decode(body) as TokenClaims | undefined;
    if (
      header?.alg !== 'ES256' ||
      claims?.iss !== ISSUER ||
      typeof claims.exp !== 'number' ||
      typeof claims['kubernetes.io'] !== 'object'
    ) {
      return undefined;
    }
    const isGenuine = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: this.#public, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    const seconds = now / 1000;
    return isGenuine && claims.exp > seconds && claims.nbf <= seconds + 1 ? claims : undefined;
  }

  /** The public key as a JSON web key set. */
  keySet(): object {
    return { keys: [{ use: 'sig', kid: this.#keyId, alg: 'ES256', ...this.#public.export({ format: 'jwk' }) }] };
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
