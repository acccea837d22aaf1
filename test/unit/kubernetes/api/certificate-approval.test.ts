import { describe, expect, it } from 'vitest';
import { conformObject } from '../../../../lab-server/embedded/kubernetes/api/decode/object.ts';
import { createObject } from '../../../../lab-server/embedded/kubernetes/api/objects/create.ts';
import { updateThrough } from '../../../../lab-server/embedded/kubernetes/api/objects/update.ts';
import type { CertificateSigningRequest } from '../../../../lab-server/embedded/kubernetes/resources/certificates/certificatesigningrequests.ts';
import { aCore } from './core-builder.ts';

const PEM = Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n').toString('base64');

function aRequest() {
  const core = aCore();
  const resource = core.resource('certificatesigningrequests', 'certificates.k8s.io');
  const object = conformObject(resource, {
    metadata: { name: 'jane' },
    spec: {
      request: PEM,
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      username: 'somebody-else',
      groups: ['system:masters'],
    },
  });
  const user = { name: 'jane', uid: 'jane-uid', groups: ['dev', 'system:authenticated'] };
  const context = { ...core.context, user };
  const created = createObject(core, resource, undefined, object, context).object as CertificateSigningRequest;
  const decide = (...conditions: object[]): CertificateSigningRequest =>
    updateThrough(
      core,
      resource,
      undefined,
      'jane',
      'approval',
      conformObject(resource, {
        ...created,
        metadata: { name: 'jane' },
        spec: { ...created.spec, username: 'mallory' },
        status: { conditions },
      }),
      context,
    ).object as CertificateSigningRequest;
  return { created, decide };
}

const APPROVED = { type: 'Approved', status: 'True', reason: 'KubectlApprove', message: 'approved' };
const DENIED = { type: 'Denied', status: 'True', reason: 'KubectlDeny', message: 'denied' };

describe('a certificate signing request', () => {
  it('names who sent it, whatever it says of itself', () => {
    expect(aRequest().created.spec).toMatchObject({ username: 'jane', uid: 'jane-uid', groups: ['dev', 'system:authenticated'] });
  });

  it('is approved through its approval subresource, which changes nothing else', () => {
    const { created, decide } = aRequest();
    const approved = decide(APPROVED);
    expect(approved.status?.conditions).toEqual([
      expect.objectContaining({ ...APPROVED, lastTransitionTime: created.metadata.creationTimestamp }),
    ]);
    expect(approved.spec).toEqual(created.spec);
  });

  it('keeps a decision once it is made', () => {
    const { decide } = aRequest();
    decide(APPROVED);
    expect(() => decide()).toThrow('status.conditions: Forbidden: updates may not remove a condition of type "Approved"');
    expect(() => decide(APPROVED, DENIED)).toThrow('Approved and Denied conditions are mutually exclusive');
  });
});
