// AWS Identity and Access Management: identities, and the policies that they have.
import type { ServiceDefinition } from '../service.ts';
import { instanceProfileOperations } from './instance-profiles.ts';
import { policyOperations } from './policies.ts';
import { roleOperations } from './roles.ts';
import { userOperations } from './users.ts';

export const iam: ServiceDefinition = {
  name: 'iam',
  operations: { ...roleOperations, ...userOperations, ...policyOperations, ...instanceProfileOperations },
  fidelity: {
    version: '2010-05-08',
    gaps: [
      'policies are kept and not evaluated: the account owner and the lab’s own user may do everything, everybody else nothing',
      'groups, permissions boundaries, login profiles, MFA devices, identity providers, policy simulation',
    ],
    differences: ['Of AWS’s managed policies only those that container lessons attach are there, with documents of our own.'],
  },
};
