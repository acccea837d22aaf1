// AWS Security Token Service: who am I, and credentials for a while.
import type { ServiceDefinition } from '../service.ts';
import { federationOperations } from './federation.ts';
import { identityOperations } from './identity.ts';
import { sessionOperations } from './sessions.ts';

export const sts: ServiceDefinition = {
  name: 'sts',
  operations: { ...identityOperations, ...sessionOperations, ...federationOperations },
  fidelity: {
    version: '2011-06-15',
    gaps: ['AssumeRoot, GetDelegatedAccessToken, GetWebIdentityToken', 'codes of MFA devices are not checked'],
    differences: [
      'Signatures of SAML assertions and web identity tokens are not verified: no provider’s keys can be had here.',
      'Session policies are limited in length as they are; AWS packs them first.',
      'With --any-credentials every role can be assumed, whether or not it exists or trusts the caller.',
    ],
  },
};
