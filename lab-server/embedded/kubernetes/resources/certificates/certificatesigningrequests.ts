// certificatesigningrequests: a wish for a certificate, to be approved and signed.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { validateDomainPrefixedPath } from '../../validation/domain-paths.ts';
import { humanDuration } from '../../values/human-duration.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, Requester } from '../kind.ts';

export type CertificateSigningRequest = Stored<models.V1CertificateSigningRequest>;

type RequestSpec = NonNullable<CertificateSigningRequest['spec']>;

export const certificatesigningrequests = checkedKind<CertificateSigningRequest>(
  {
    group: 'certificates.k8s.io',
    version: 'v1',
    kind: 'CertificateSigningRequest',
    plural: 'certificatesigningrequests',
    singular: 'certificatesigningrequest',
    shortNames: ['csr'],
    namespaced: false,
    model: 'V1CertificateSigningRequest',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      ageColumn(),
      textColumn('SignerName', (request) => request.spec?.signerName || '<none>'),
      textColumn('Requestor', (request) => request.spec?.username ?? ''),
      textColumn('RequestedDuration', ({ spec }) =>
        typeof spec?.expirationSeconds === 'number' ? humanDuration(spec.expirationSeconds * 1000) : '<none>',
      ),
      textColumn('Condition', conditionText),
    ],
    prepareForCreate(request, { user }) {
      request.status = {};
      if (request.spec) {
        request.spec = withRequester(request.spec, user);
      }
    },
    prepareForUpdate(request, old) {
      request.status = old.status ?? {};
      request.spec = old.spec;
    },
    selectableFields: (request) => ({ 'spec.signerName': request.spec?.signerName ?? '' }),
  },
  {
    validate({ spec }) {
      const errors: FieldError[] = [];
      const pem = Buffer.from(spec?.request ?? '', 'base64').toString();
      if (!/-----BEGIN CERTIFICATE REQUEST-----/.test(pem)) {
        errors.push(invalid('spec.request', spec?.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'));
      }
      if (!spec?.usages?.length) {
        errors.push(required('spec.usages'));
      }
      errors.push(...validateDomainPrefixedPath(spec?.signerName, 'spec.signerName'));
      if (typeof spec?.expirationSeconds === 'number' && spec.expirationSeconds < 600) {
        errors.push(
          invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'),
        );
      }
      return errors;
    },
    validateChange: (request, old) => validateImmutable(request.spec, old.spec, 'spec'),
  },
);

/** Who asks is what the server knows of the sender, never what the sender says. */
function withRequester(sent: RequestSpec, user: Requester | undefined): RequestSpec {
  const { username: _, uid: __, groups: ___, extra: ____, ...spec } = sent;
  if (!user) {
    return spec;
  }
  return {
    ...spec,
    username: user.name,
    ...(user.uid && { uid: user.uid }),
    ...(user.groups.length > 0 && { groups: [...user.groups] }),
    ...(user.extra && { extra: Object.fromEntries(Object.entries(user.extra).map(([name, values]) => [name, [...values]])) }),
  };
}

function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decided}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}
