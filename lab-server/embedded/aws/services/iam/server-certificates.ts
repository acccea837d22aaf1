// Server certificates: for load balancers that do not take them from Certificate Manager.
import { X509Certificate } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { checkName, checkPath } from './documents.ts';
import { alreadyExists, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { iamTables, newId, type ServerCertificate } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

const YEAR_MS = 365 * 86_400_000;

/** When a PEM certificate ends. Throws MalformedCertificate; the placeholders of other suites end in a year. */
export function endOfCertificate(pem: string | undefined, call: Call, takesPlaceholders: boolean): number {
  try {
    return globalThis.Date.parse(new X509Certificate(pem ?? '').validTo);
  } catch {
    if (takesPlaceholders) {
      return call.clock.now() + YEAR_MS;
    }
    throw new AwsError('MalformedCertificateException', 'Unable to parse certificate. Please ensure the certificate is in PEM format.');
  }
}

function requireCertificate(name: string | undefined, call: Call): ServerCertificate {
  const certificate = iamTables(call.tables).serverCertificates.get(scopeKey(call, name ?? ''));
  if (!certificate) {
    throw noSuchEntity(`The Server Certificate with name ${name ?? ''} cannot be found.`);
  }
  return certificate;
}

function save(certificate: ServerCertificate, call: Call): void {
  const name = certificate.ServerCertificateMetadata?.ServerCertificateName ?? '';
  iamTables(call.tables).serverCertificates.put(scopeKey(call, name), certificate);
}

export const serverCertificateOperations: Readonly<Record<string, Operation>> = {
  UploadServerCertificate: operation<sdk.UploadServerCertificateRequest, sdk.UploadServerCertificateResponse>({
    handle: (input, call) => {
      const name = checkName(input.ServerCertificateName, 'serverCertificateName');
      const path = checkPath(input.Path);
      checkTags(input.Tags);
      if (iamTables(call.tables).serverCertificates.has(scopeKey(call, name))) {
        throw alreadyExists(`The Server Certificate with name ${name} already exists.`);
      }
      const metadata = {
        Path: path,
        ServerCertificateName: name,
        ServerCertificateId: newId('ASCA'),
        Arn: `arn:aws:iam::${call.account}:server-certificate${path}${name}`,
        UploadDate: call.clock.now(),
        Expiration: endOfCertificate(input.CertificateBody, call, call.takesPlaceholders),
      };
      save(
        {
          ServerCertificateMetadata: metadata,
          CertificateBody: input.CertificateBody,
          ...(input.CertificateChain === undefined ? {} : { CertificateChain: input.CertificateChain }),
          ...(input.Tags?.length ? { Tags: input.Tags } : {}),
        },
        call,
      );
      return { ServerCertificateMetadata: metadata, ...(input.Tags?.length ? { Tags: input.Tags } : {}) };
    },
  }),
  GetServerCertificate: operation<sdk.GetServerCertificateRequest, sdk.GetServerCertificateResponse>({
    handle: (input, call) => ({ ServerCertificate: requireCertificate(input.ServerCertificateName, call) }),
  }),
  ListServerCertificates: operation<sdk.ListServerCertificatesRequest, sdk.ListServerCertificatesResponse>({
    handle: (input, call) => {
      const all = iamTables(call.tables)
        .serverCertificates.list(`${scopeKey(call)}/`)
        .flatMap((one) => one.ServerCertificateMetadata ?? [])
        .filter((one) => one.Path?.startsWith(input.PathPrefix ?? '/'));
      const page = markedPage(all, input);
      return { ServerCertificateMetadataList: page.items, ...page.rest };
    },
  }),
  UpdateServerCertificate: operation<sdk.UpdateServerCertificateRequest, object>({
    handle: (input, call) => {
      const certificate = requireCertificate(input.ServerCertificateName, call);
      const name = input.NewServerCertificateName ?? input.ServerCertificateName ?? '';
      const path = checkPath(input.NewPath ?? certificate.ServerCertificateMetadata?.Path);
      const { serverCertificates } = iamTables(call.tables);
      if (name !== input.ServerCertificateName && serverCertificates.has(scopeKey(call, name))) {
        throw alreadyExists(`The Server Certificate with name ${name} already exists.`);
      }
      serverCertificates.delete(scopeKey(call, input.ServerCertificateName ?? ''));
      save(
        {
          ...certificate,
          ServerCertificateMetadata: {
            ...certificate.ServerCertificateMetadata,
            Path: path,
            ServerCertificateName: name,
            ServerCertificateId: certificate.ServerCertificateMetadata?.ServerCertificateId,
            Arn: `arn:aws:iam::${call.account}:server-certificate${path}${name}`,
          },
        },
        call,
      );
      return {};
    },
  }),
  DeleteServerCertificate: operation<sdk.DeleteServerCertificateRequest, object>({
    handle: (input, call) => {
      requireCertificate(input.ServerCertificateName, call);
      iamTables(call.tables).serverCertificates.delete(scopeKey(call, input.ServerCertificateName ?? ''));
      return {};
    },
  }),
  ...tagOperations({
    kind: 'ServerCertificate',
    member: 'ServerCertificateName',
    read: (name, call) => requireCertificate(name, call).Tags ?? [],
    write: (name, Tags, call) => save({ ...requireCertificate(name, call), Tags }, call),
  }),
};
