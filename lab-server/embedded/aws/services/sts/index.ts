// AWS Security Token Service: who am I, and credentials for a while.
import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import { operation, type ServiceDefinition } from '../service.ts';

export const sts: ServiceDefinition = {
  name: 'sts',
  operations: {
    GetCallerIdentity: operation<GetCallerIdentityRequest, GetCallerIdentityResponse>({
      // AWS asks for no permission here: even a denied principal may learn who it is.
      authorize: () => [],
      handle: (_input, { principal }) => ({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
    }),
  },
  fidelity: { version: '2011-06-15', gaps: [], differences: [] },
};
