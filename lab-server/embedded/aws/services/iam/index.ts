// AWS Identity and Access Management: identities, the policies that they have, and what follows from them.
import type { Call, Operation, ServiceDefinition } from '../service.ts';
import { accessKeyOperations } from './access-keys.ts';
import { accountOperations } from './account.ts';
import { authorizationDetailOperations } from './authorization-details.ts';
import { credentialReportOperations } from './credential-report.ts';
import { groupOperations } from './groups.ts';
import { instanceProfileOperations } from './instance-profiles.ts';
import { loginProfileOperations } from './login-profiles.ts';
import { mfaDeviceOperations } from './mfa-devices.ts';
import { oidcProviderOperations } from './oidc-providers.ts';
import { policyOperations } from './policies.ts';
import { resourceOf } from './resources.ts';
import { roleOperations } from './roles.ts';
import { samlProviderOperations } from './saml-providers.ts';
import { serverCertificateOperations } from './server-certificates.ts';
import { serviceLinkedRoleOperations } from './service-linked-roles.ts';
import { simulationOperations } from './simulate.ts';
import { userCredentialOperations } from './user-credentials.ts';
import { userOperations } from './users.ts';

const operations: Readonly<Record<string, Operation>> = {
  ...roleOperations,
  ...serviceLinkedRoleOperations,
  ...userOperations,
  ...accessKeyOperations,
  ...loginProfileOperations,
  ...mfaDeviceOperations,
  ...userCredentialOperations,
  ...groupOperations,
  ...policyOperations,
  ...instanceProfileOperations,
  ...samlProviderOperations,
  ...oidcProviderOperations,
  ...serverCertificateOperations,
  ...accountOperations,
  ...credentialReportOperations,
  ...authorizationDetailOperations,
  ...simulationOperations,
};

/** Every action of IAM asks for itself on the identity or policy that it names. */
function authorized([name, one]: [string, Operation]): [string, Operation] {
  const authorize = (input: object, call: Call) => [{ action: `iam:${name}`, ...resourceOf(input, call) }];
  return [name, { ...one, authorize: authorize as unknown as Operation['authorize'] }];
}

export const iam: ServiceDefinition = {
  name: 'iam',
  operations: Object.fromEntries(Object.entries(operations).map(authorized)),
  fidelity: {
    version: '2010-05-08',
    gaps: [
      'service last accessed details, organisation features, account and delegation requests, human-readable policy summaries',
      'service control policies and resource control policies; policies of resources are evaluated for roles (trust), ECR repositories and secrets',
      'codes of MFA devices are checked for their form only; nobody signs in with a password',
      'matched statements in policy simulation',
    ],
    differences: [
      'Of AWS’s managed policies those that container work attaches have the documented actions; common ones of other services are there by their scope; the rest is missing.',
      'The lab’s own user keeps full rights, whatever its policies say.',
      'A change of a policy holds at once, where AWS takes some seconds.',
      'With --any-credentials nothing is denied, and trust policies without a statement, boundaries and roles that do not exist, and certificates that are none are taken: suites for other emulators write such placeholders.',
    ],
  },
};
