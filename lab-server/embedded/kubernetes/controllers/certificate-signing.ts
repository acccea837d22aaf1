// Signs certificate signing requests that somebody approved, for the signers of Kubernetes itself.
import type * as models from '@kubernetes/client-node';
import { messageOf } from '../../../base/index.ts';
import { kindRef } from '../cluster-client.ts';
import type { Stored } from '../types.ts';
import { type Authority, signRequest } from './certificates/sign-request.ts';
import { withCondition } from './conditions.ts';
import type { Controller } from './controller.ts';
import { watchSelf } from './keys.ts';

type CertificateSigningRequest = Stored<models.V1CertificateSigningRequest>;
type Status = NonNullable<CertificateSigningRequest['status']>;

const CERTIFICATE_SIGNING_REQUEST = kindRef<CertificateSigningRequest>('certificates.k8s.io/v1', 'CertificateSigningRequest');

/** --cluster-signing-duration */
const DEFAULT_SECONDS = 365 * 24 * 3600;
/** Usages each signer allows, and the one it asks for. */
const SIGNERS: Readonly<Record<string, { allowed: readonly string[]; needed: string | undefined }>> = {
  'kubernetes.io/kube-apiserver-client': { allowed: ['digital signature', 'key encipherment', 'client auth'], needed: 'client auth' },
  'kubernetes.io/kube-apiserver-client-kubelet': {
    allowed: ['digital signature', 'key encipherment', 'client auth'],
    needed: 'client auth',
  },
  'kubernetes.io/kubelet-serving': { allowed: ['digital signature', 'key encipherment', 'server auth'], needed: 'server auth' },
  'kubernetes.io/legacy-unknown': { allowed: ['digital signature', 'key encipherment', 'client auth', 'server auth'], needed: undefined },
};

export function certificateSigningController(authority: Authority): Controller {
  return {
    name: 'certificate-controller',
    watches: [watchSelf(CERTIFICATE_SIGNING_REQUEST)],
    reconcile(key, { client, clock }) {
      const request = client.get(CERTIFICATE_SIGNING_REQUEST, undefined, key);
      const signer = SIGNERS[request?.spec?.signerName ?? ''];
      const has = (type: string) =>
        request?.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
      if (!request?.spec || !signer || !has('Approved') || has('Denied') || has('Failed') || request.status?.certificate) {
        return;
      }
      const { usages = [], expirationSeconds, request: encoded } = request.spec;
      let status: Status;
      try {
        checkUsages(usages, signer);
        const seconds = Math.min(expirationSeconds ?? DEFAULT_SECONDS, DEFAULT_SECONDS);
        const pem = signRequest(authority, Buffer.from(encoded, 'base64').toString(), { usages, seconds, now: clock.now() });
        status = { ...request.status, certificate: Buffer.from(pem).toString('base64') };
      } catch (error) {
        const failure = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: messageOf(error) };
        const conditions = withCondition(request.status?.conditions, failure, clock.now());
        status = { ...request.status, conditions: conditions as Status['conditions'] };
      }
      client.updateStatus(CERTIFICATE_SIGNING_REQUEST, { ...request, status });
    },
  };
}

function checkUsages(usages: readonly string[], { allowed, needed }: { allowed: readonly string[]; needed: string | undefined }): void {
  if ((needed !== undefined && !usages.includes(needed)) || usages.some((usage) => !allowed.includes(usage))) {
    const list = (names: readonly string[]) => `[${names.map((name) => JSON.stringify(name)).join(' ')}]`;
    throw new Error(`invalid usage for this signer: ${list(usages)}, allowed are ${list(allowed)}`);
  }
}
