// Whose credentials these are.
import type * as sdk from '@aws-sdk/client-sts';
import { accessKeys } from '../../gateway/credentials.ts';
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Operation } from '../service.ts';

export const identityOperations: Readonly<Record<string, Operation>> = {
  GetCallerIdentity: operation<sdk.GetCallerIdentityRequest, sdk.GetCallerIdentityResponse>({
    // AWS asks for no permission here: even a denied principal may learn who it is.
    authorize: () => [],
    handle: (_input, { principal }) => ({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
  }),
  GetAccessKeyInfo: operation<sdk.GetAccessKeyInfoRequest, sdk.GetAccessKeyInfoResponse>({
    handle: (input, call) => {
      const key = accessKeys(call.tables).get(input.AccessKeyId ?? '');
      if (!key) {
        throw new AwsError('ValidationError', `The access key ID ${input.AccessKeyId ?? ''} is not valid.`);
      }
      return { Account: key.account };
    },
  }),
};
