// Whose credentials these are, and what an encoded refusal says.
import type * as sdk from '@aws-sdk/client-sts';
import { accessKeys } from '../../gateway/credentials.ts';
import { decodeMessage } from '../../gateway/denied.ts';
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Operation } from '../service.ts';

const KEY_ID = /^(AKIA|ASIA)\w{12,124}$/;

export const identityOperations: Readonly<Record<string, Operation>> = {
  GetCallerIdentity: operation<sdk.GetCallerIdentityRequest, sdk.GetCallerIdentityResponse>({
    // AWS asks for no permission here: even a denied principal may learn who it is.
    authorize: () => [],
    handle: (_input, { principal }) => ({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
  }),
  GetAccessKeyInfo: operation<sdk.GetAccessKeyInfoRequest, sdk.GetAccessKeyInfoResponse>({
    handle: (input, call) => {
      const id = input.AccessKeyId ?? '';
      if (!KEY_ID.test(id)) {
        throw new AwsError('ValidationError', `Access Key ${id} is invalid.`);
      }
      // AWS reads the account out of the id itself; a key that we did not make counts as the caller's.
      return { Account: accessKeys(call.tables).get(id)?.account ?? call.account };
    },
  }),
  DecodeAuthorizationMessage: operation<sdk.DecodeAuthorizationMessageRequest, sdk.DecodeAuthorizationMessageResponse>({
    handle: (input) => {
      const message = decodeMessage(input.EncodedMessage ?? '');
      if (message === undefined) {
        throw new AwsError('InvalidAuthorizationMessageException', 'Message is not valid');
      }
      return { DecodedMessage: message };
    },
  }),
};
