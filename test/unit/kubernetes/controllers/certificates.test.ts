import { type KeyObject, X509Certificate, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../lab-server/embedded/runtime/certificates/certificates.ts';
import {
  bitString,
  element,
  integer,
  objectIdentifier,
  sequence,
  set,
  utf8,
} from '../../../../lab-server/embedded/runtime/certificates/der.ts';
import { certificateCleaner } from '../../../../lab-server/embedded/kubernetes/controllers/certificate-cleaner.ts';
import { certificateSigningController } from '../../../../lab-server/embedded/kubernetes/controllers/certificate-signing.ts';
import { readElements } from '../../../../lab-server/embedded/kubernetes/controllers/certificates/der-reader.ts';
import { signRequest } from '../../../../lab-server/embedded/kubernetes/controllers/certificates/sign-request.ts';
import { kindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import type { KubernetesObject } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { TestCluster } from './test-cluster.ts';

const NOW = Date.UTC(2026, 0, 1);
const authority = createAuthority('testCA', NOW);
const REQUEST = kindRef<KubernetesObject & { status?: { certificate?: string; conditions?: { type: string; reason?: string }[] } }>(
  'certificates.k8s.io/v1',
  'CertificateSigningRequest',
);

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';

interface Pair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

const elliptic = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A request for jane of the developers, made as openssl makes them. */
function aRequest(makeKeys: () => Pair = elliptic): { pem: string; keys: Pair } {
  const keys = makeKeys();
  const attribute = (type: string, value: string) => set(sequence(objectIdentifier(type), utf8(value)));
  const subject = sequence(attribute(ORGANIZATION, 'developers'), attribute(COMMON_NAME, 'jane'));
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
  const info = sequence(integer(Buffer.from([0])), subject, publicKey, element(0xa0));
  const algorithm = sequence(objectIdentifier(keys.privateKey.asymmetricKeyType === 'rsa' ? SHA256_WITH_RSA : ECDSA_WITH_SHA256));
  const der = sequence(info, algorithm, bitString(sign('sha256', info, keys.privateKey)));
  return { pem: `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`, keys };
}

describe('signing a certificate request', () => {
  it.each([
    ['an elliptic', elliptic],
    ['an RSA', rsa],
  ])('gives the requester of %s key a certificate of the authority', (_name, makeKeys) => {
    const { pem, keys } = aRequest(makeKeys);
    const certificate = new X509Certificate(signRequest(authority, pem, { usages: ['client auth'], seconds: 3600, now: NOW }));
    expect(certificate.subject).toBe('O=developers\nCN=jane');
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.checkPrivateKey(keys.privateKey)).toBe(true);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(new Date(certificate.validTo).getTime()).toBe(NOW - 300_000 + 3_600_000);
  });

  it('refuses a request that is not signed by the key it names', () => {
    const { pem } = aRequest();
    const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64');
    der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(() => signRequest(authority, forged, { usages: [], seconds: 3600, now: NOW })).toThrow(/not signed by the key it names|invalid/);
  });

  it('refuses what is no request at all', () => {
    expect(() => signRequest(authority, 'nonsense', { usages: [], seconds: 3600, now: NOW })).toThrow('unable to parse csr');
    expect(() => readElements(Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]))).toThrow('the data is cut short');
  });
});

describe('a certificate signing request', () => {
  async function start(usages: string[]): Promise<TestCluster> {
    const cluster = new TestCluster({ controllers: [certificateSigningController(authority), certificateCleaner] });
    const { pem } = aRequest();
    cluster.client.create(REQUEST, {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'jane' },
      spec: { request: Buffer.from(pem).toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client', usages },
    });
    await cluster.run(100);
    return cluster;
  }

  function approve(cluster: TestCluster): void {
    const request = cluster.client.get(REQUEST, undefined, 'jane') as NonNullable<KubernetesObject>;
    const conditions = [{ type: 'Approved', status: 'True', reason: 'KubectlApprove' }];
    cluster.client.updateStatus(REQUEST, { ...request, status: { conditions } });
  }

  it('is signed once it is approved', async () => {
    using cluster = await start(['client auth']);
    expect(cluster.client.get(REQUEST, undefined, 'jane')?.status).toBeUndefined();
    approve(cluster);
    await cluster.run(100);
    const pem = Buffer.from(cluster.client.get(REQUEST, undefined, 'jane')?.status?.certificate ?? '', 'base64').toString();
    expect(new X509Certificate(pem).subject).toBe('O=developers\nCN=jane');
  });

  it('fails where its usages are not what its signer signs for', async () => {
    using cluster = await start(['server auth']);
    approve(cluster);
    await cluster.run(100);
    expect(cluster.client.get(REQUEST, undefined, 'jane')?.status?.conditions?.[1]).toMatchObject({
      type: 'Failed',
      reason: 'SignerValidationFailure',
    });
  });

  it('is removed after a day when nobody decided', async () => {
    using cluster = await start(['client auth']);
    await cluster.run(23 * 3_600_000, 3_600_000);
    expect(cluster.client.list(REQUEST)).toHaveLength(1);
    await cluster.run(2 * 3_600_000, 3_600_000);
    expect(cluster.client.list(REQUEST)).toHaveLength(0);
  });
});
