// AWS Security Token Service: who am I, and credentials for a while.
import type { ServiceDefinition } from '../service.ts';
import { identityOperations } from './identity.ts';
import { sessionOperations } from './sessions.ts';

export const sts: ServiceDefinition = {
  name: 'sts',
  operations: { ...identityOperations, ...sessionOperations },
  fidelity: {
    version: '2011-06-15',
    gaps: ['AssumeRoleWithWebIdentity, AssumeRoleWithSAML, GetFederationToken, session policies, MFA'],
    differences: ['A role can be assumed by whoever may call AssumeRole; its trust policy is not evaluated.'],
  },
};
