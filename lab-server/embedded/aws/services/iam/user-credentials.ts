// What else users may hold: signing certificates, SSH keys, and credentials of single services.
import { createHash, randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import type { Table } from '../../state/tables.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { markedPage } from './pages.ts';
import { endOfCertificate } from './server-certificates.ts';
import { iamTables, newId, type ServiceCredential, type SigningCertificate, type SshKey } from './state.ts';
import { callersUser } from './users.ts';

const MOST_CERTIFICATES = 2;
const MOST_SSH_KEYS = 5;
const MOST_SERVICE_CREDENTIALS = 2;
const CERTIFICATE_ID = 24;
const KEY_ID = 20;

/** A user's records of one table, by the user's name and their id. */
function ownRecords<T>(table: Table<T>, userName: string, call: Call): T[] {
  return table.list(`${scopeKey(call, userName)}/`);
}

function requireOwn<T>(table: Table<T>, userName: string, id: string | undefined, what: string, call: Call): T {
  const record = table.get(scopeKey(call, userName, id ?? ''));
  if (!record) {
    throw noSuchEntity(`The ${what} with id ${id ?? ''} cannot be found.`);
  }
  return record;
}

function nameOf(input: { UserName?: string }, call: Call): string {
  return callersUser(input.UserName, call).UserName ?? '';
}

const signingCertificates: Readonly<Record<string, Operation>> = {
  UploadSigningCertificate: operation<sdk.UploadSigningCertificateRequest, sdk.UploadSigningCertificateResponse>({
    handle: (input, call) => {
      const UserName = nameOf(input, call);
      endOfCertificate(input.CertificateBody, call, false);
      const table = iamTables(call.tables).signingCertificates;
      if (ownRecords(table, UserName, call).length >= MOST_CERTIFICATES) {
        throw limitExceeded('CertificatesPerUser', MOST_CERTIFICATES);
      }
      const certificate: SigningCertificate = {
        UserName,
        CertificateId: newId('').concat(newId('')).slice(0, CERTIFICATE_ID),
        CertificateBody: input.CertificateBody,
        Status: 'Active',
        UploadDate: call.clock.now(),
      };
      table.put(scopeKey(call, UserName, certificate.CertificateId ?? ''), certificate);
      return { Certificate: certificate };
    },
  }),
  ListSigningCertificates: operation<sdk.ListSigningCertificatesRequest, sdk.ListSigningCertificatesResponse>({
    handle: (input, call) => {
      const page = markedPage(ownRecords(iamTables(call.tables).signingCertificates, nameOf(input, call), call), input);
      return { Certificates: page.items, ...page.rest };
    },
  }),
  UpdateSigningCertificate: operation<sdk.UpdateSigningCertificateRequest, object>({
    handle: (input, call) => {
      const table = iamTables(call.tables).signingCertificates;
      const UserName = nameOf(input, call);
      const certificate = requireOwn(table, UserName, input.CertificateId, 'Certificate', call);
      table.put(scopeKey(call, UserName, input.CertificateId ?? ''), { ...certificate, Status: input.Status });
      return {};
    },
  }),
  DeleteSigningCertificate: operation<sdk.DeleteSigningCertificateRequest, object>({
    handle: (input, call) => {
      const table = iamTables(call.tables).signingCertificates;
      const UserName = nameOf(input, call);
      requireOwn(table, UserName, input.CertificateId, 'Certificate', call);
      table.delete(scopeKey(call, UserName, input.CertificateId ?? ''));
      return {};
    },
  }),
};

const sshKeys: Readonly<Record<string, Operation>> = {
  UploadSSHPublicKey: operation<sdk.UploadSSHPublicKeyRequest, sdk.UploadSSHPublicKeyResponse>({
    handle: (input, call) => {
      const UserName = nameOf(input, call);
      const table = iamTables(call.tables).sshKeys;
      if (ownRecords(table, UserName, call).length >= MOST_SSH_KEYS) {
        throw limitExceeded('SSHPublicKeysPerUser', MOST_SSH_KEYS);
      }
      const body = input.SSHPublicKeyBody ?? '';
      const key: SshKey = {
        UserName,
        SSHPublicKeyId: newId('APKA').slice(0, KEY_ID),
        Fingerprint: (createHash('md5').update(body).digest('hex').match(/../g) ?? []).join(':'),
        SSHPublicKeyBody: body,
        Status: 'Active',
        UploadDate: call.clock.now(),
      };
      table.put(scopeKey(call, UserName, key.SSHPublicKeyId ?? ''), key);
      return { SSHPublicKey: key };
    },
  }),
  GetSSHPublicKey: operation<sdk.GetSSHPublicKeyRequest, sdk.GetSSHPublicKeyResponse>({
    handle: (input, call) => ({
      SSHPublicKey: requireOwn(iamTables(call.tables).sshKeys, nameOf(input, call), input.SSHPublicKeyId, 'Public Key', call),
    }),
  }),
  ListSSHPublicKeys: operation<sdk.ListSSHPublicKeysRequest, sdk.ListSSHPublicKeysResponse>({
    handle: (input, call) => {
      const page = markedPage(ownRecords(iamTables(call.tables).sshKeys, nameOf(input, call), call), input);
      const items = page.items.map(({ UserName, SSHPublicKeyId, Status, UploadDate }) => ({
        UserName,
        SSHPublicKeyId,
        Status,
        UploadDate,
      }));
      return { SSHPublicKeys: items, ...page.rest };
    },
  }),
  UpdateSSHPublicKey: operation<sdk.UpdateSSHPublicKeyRequest, object>({
    handle: (input, call) => {
      const table = iamTables(call.tables).sshKeys;
      const UserName = nameOf(input, call);
      const key = requireOwn(table, UserName, input.SSHPublicKeyId, 'Public Key', call);
      table.put(scopeKey(call, UserName, input.SSHPublicKeyId ?? ''), { ...key, Status: input.Status });
      return {};
    },
  }),
  DeleteSSHPublicKey: operation<sdk.DeleteSSHPublicKeyRequest, object>({
    handle: (input, call) => {
      const table = iamTables(call.tables).sshKeys;
      const UserName = nameOf(input, call);
      requireOwn(table, UserName, input.SSHPublicKeyId, 'Public Key', call);
      table.delete(scopeKey(call, UserName, input.SSHPublicKeyId ?? ''));
      return {};
    },
  }),
};

function withoutSecret({ ServicePassword: _password, ...credential }: ServiceCredential): ServiceCredential {
  return credential as ServiceCredential;
}

const serviceCredentials: Readonly<Record<string, Operation>> = {
  CreateServiceSpecificCredential: operation<sdk.CreateServiceSpecificCredentialRequest, sdk.CreateServiceSpecificCredentialResponse>({
    handle: (input, call) => {
      const UserName = nameOf(input, call);
      const table = iamTables(call.tables).serviceCredentials;
      const same = ownRecords(table, UserName, call).filter((one) => one.ServiceName === input.ServiceName);
      if (same.length >= MOST_SERVICE_CREDENTIALS) {
        throw limitExceeded('ServiceSpecificCredentialsPerUser', MOST_SERVICE_CREDENTIALS);
      }
      const credential: ServiceCredential = {
        UserName,
        ServiceName: input.ServiceName,
        ServiceUserName: `${UserName}-at-${call.account}`,
        ServicePassword: randomBytes(33).toString('base64'),
        ServiceSpecificCredentialId: newId('ACCA').slice(0, KEY_ID),
        Status: 'Active',
        CreateDate: call.clock.now(),
      };
      // The password is shown once and never again.
      table.put(scopeKey(call, UserName, credential.ServiceSpecificCredentialId ?? ''), withoutSecret(credential));
      return { ServiceSpecificCredential: credential };
    },
  }),
  ListServiceSpecificCredentials: operation<sdk.ListServiceSpecificCredentialsRequest, sdk.ListServiceSpecificCredentialsResponse>({
    handle: (input, call) => ({
      ServiceSpecificCredentials: ownRecords(iamTables(call.tables).serviceCredentials, nameOf(input, call), call).filter(
        (one) => input.ServiceName === undefined || one.ServiceName === input.ServiceName,
      ),
    }),
  }),
  UpdateServiceSpecificCredential: operation<sdk.UpdateServiceSpecificCredentialRequest, object>({
    handle: (input, call) => {
      const table = iamTables(call.tables).serviceCredentials;
      const UserName = nameOf(input, call);
      const id = input.ServiceSpecificCredentialId;
      const credential = requireOwn(table, UserName, id, 'Service Specific Credential', call);
      table.put(scopeKey(call, UserName, id ?? ''), { ...credential, Status: input.Status });
      return {};
    },
  }),
  ResetServiceSpecificCredential: operation<sdk.ResetServiceSpecificCredentialRequest, sdk.ResetServiceSpecificCredentialResponse>({
    handle: (input, call) => ({
      ServiceSpecificCredential: {
        ...requireOwn(
          iamTables(call.tables).serviceCredentials,
          nameOf(input, call),
          input.ServiceSpecificCredentialId,
          'Service Specific Credential',
          call,
        ),
        ServicePassword: randomBytes(33).toString('base64'),
      },
    }),
  }),
  DeleteServiceSpecificCredential: operation<sdk.DeleteServiceSpecificCredentialRequest, object>({
    handle: (input, call) => {
      const table = iamTables(call.tables).serviceCredentials;
      const UserName = nameOf(input, call);
      requireOwn(table, UserName, input.ServiceSpecificCredentialId, 'Service Specific Credential', call);
      table.delete(scopeKey(call, UserName, input.ServiceSpecificCredentialId ?? ''));
      return {};
    },
  }),
};

export const userCredentialOperations: Readonly<Record<string, Operation>> = { ...signingCertificates, ...sshKeys, ...serviceCredentials };
