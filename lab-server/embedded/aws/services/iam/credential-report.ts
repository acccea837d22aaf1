// The credential report: one line of CSV for each user (IAM user guide, "Getting credential reports").
import type * as sdk from '@aws-sdk/client-iam';
import { AwsError } from '../../gateway/errors.ts';
import { lastUse, type AccessKey } from '../../gateway/credentials.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { keysOf } from './keys-of-user.ts';
import { iamTables, type User } from './state.ts';

const KEY_COLUMNS = ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'];
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((number) => KEY_COLUMNS.map((column) => `access_key_${number}_${column}`)),
  ...[1, 2].flatMap((number) => ['active', 'last_rotated'].map((column) => `cert_${number}_${column}`)),
];
const NONE = 'N/A';

function timeOf(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NONE : new globalThis.Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, '+00:00');
}

function keyFields(key: AccessKey | undefined, call: Call): string[] {
  const use = key && lastUse(call.tables, key.accessKeyId);
  return [String(key?.status === 'Active'), timeOf(key?.createdAt), timeOf(use?.at), use?.region ?? NONE, use?.service ?? NONE];
}

function lineOf(user: User, call: Call): string {
  const tables = iamTables(call.tables);
  const name = user.UserName ?? '';
  const profile = tables.loginProfiles.get(scopeKey(call, name));
  const keys = keysOf(user, call);
  const certificates = tables.signingCertificates
    .list(`${scopeKey(call, name)}/`)
    .toSorted((a, b) => (a.UploadDate ?? 0) - (b.UploadDate ?? 0));
  const hasMfa = tables.mfaDevices.list(`${scopeKey(call)}/`).some((device) => device.userName === name);
  return [
    name,
    user.Arn ?? '',
    timeOf(user.CreateDate),
    String(profile !== undefined),
    profile ? 'no_information' : NONE,
    timeOf(profile?.CreateDate),
    NONE,
    String(hasMfa),
    ...keyFields(keys[0], call),
    ...keyFields(keys[1], call),
    ...[0, 1].flatMap((index) => [String(certificates[index]?.Status === 'Active'), timeOf(certificates[index]?.UploadDate)]),
  ].join(',');
}

export const credentialReportOperations: Readonly<Record<string, Operation>> = {
  GenerateCredentialReport: operation<object, sdk.GenerateCredentialReportResponse>({
    handle: (_input, call) => {
      const { credentialReports, users } = iamTables(call.tables);
      const isFirst = !credentialReports.has(scopeKey(call));
      const content = [COLUMNS.join(','), ...users.list(`${scopeKey(call)}/`).map((user) => lineOf(user, call))].join('\n');
      credentialReports.put(scopeKey(call), { generatedAt: call.clock.now(), content });
      return isFirst ? { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' } : { State: 'COMPLETE' };
    },
  }),
  GetCredentialReport: operation<object, sdk.GetCredentialReportResponse>({
    handle: (_input, call) => {
      const report = iamTables(call.tables).credentialReports.get(scopeKey(call));
      if (!report) {
        throw new AwsError(
          'CredentialReportNotPresentException',
          'No report exists. Start a new report generation task with GenerateCredentialReport',
          {
            status: 410,
          },
        );
      }
      return { Content: Buffer.from(report.content), ReportFormat: 'text/csv', GeneratedTime: report.generatedAt };
    },
  }),
};
