// OpenID Connect identity providers: whom AssumeRoleWithWebIdentity may believe.
import { createHash } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { alreadyExists, constraints, invalidInput, limitExceeded, noSuchEntity, validation } from './errors.ts';
import { iamTables, type OidcProvider } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

const LONGEST = 255;
const THUMBPRINT = 40;
const MOST_THUMBPRINTS = 5;
const MOST_CLIENT_IDS = 100;

function requireProvider(arn: string | undefined, call: Call): OidcProvider {
  const provider = iamTables(call.tables).oidcProviders.get(scopeKey(call, arn ?? ''));
  if (!provider) {
    throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn ?? ''}`);
  }
  return provider;
}

function save(provider: OidcProvider, call: Call): void {
  iamTables(call.tables).oidcProviders.put(scopeKey(call, provider.Arn), provider);
}

function checkLengths(url: string, thumbprints: readonly string[], clientIds: readonly string[]): void {
  const rule = (values: readonly string[], member: string, shortest: number, longest: number): string[] =>
    values.some((value) => value.length < shortest || value.length > longest)
      ? [
          `Value "[${values.join(', ')}]" at "${member}" failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to ${longest}, Member must have length greater than or equal to ${shortest}]`,
        ]
      : [];
  const broken = [
    ...rule(clientIds, 'clientIDList', 1, LONGEST),
    ...rule(thumbprints, 'thumbprintList', THUMBPRINT, THUMBPRINT),
    ...(url.length > LONGEST
      ? [`Value "${url}" at "url" failed to satisfy constraint: Member must have length less than or equal to ${LONGEST}`]
      : []),
  ];
  if (broken.length > 0) {
    throw constraints(broken);
  }
}

function checkThumbprints(thumbprints: readonly string[]): void {
  if (thumbprints.length > MOST_THUMBPRINTS) {
    throw invalidInput('Thumbprint list must contain fewer than 5 entries.');
  }
}

/** Host and path of a URL as the provider's ARN has them. Throws ValidationError. */
function identifierOf(url: string): string {
  const match = /^https?:\/\/([^/?#]+\.[^/?#]+)(\/[^?#]*)?/.exec(url);
  if (!match) {
    throw validation('Invalid Open ID Connect Provider URL');
  }
  return `${match[1]}${(match[2] ?? '').replace(/\/$/, '')}`;
}

function create(
  input: Timestamped<sdk.CreateOpenIDConnectProviderRequest>,
  call: Call,
): Timestamped<Omit<sdk.CreateOpenIDConnectProviderResponse, '$metadata'>> {
  const url = input.Url ?? '';
  const clientIds = input.ClientIDList ?? [];
  checkLengths(url, input.ThumbprintList ?? [], clientIds);
  const identifier = identifierOf(url);
  checkThumbprints(input.ThumbprintList ?? []);
  if (clientIds.length > MOST_CLIENT_IDS) {
    throw limitExceeded('ClientIdsPerOpenIdConnectProvider', MOST_CLIENT_IDS);
  }
  checkTags(input.Tags);
  const Arn = `arn:aws:iam::${call.account}:oidc-provider/${identifier}`;
  if (iamTables(call.tables).oidcProviders.has(scopeKey(call, Arn))) {
    throw alreadyExists('Unknown');
  }
  // Without a thumbprint AWS asks the provider's server for one; ours is made of the address.
  const thumbprints = input.ThumbprintList?.length ? input.ThumbprintList : [createHash('sha1').update(identifier).digest('hex')];
  save(
    {
      Arn,
      Url: url.replace(/^https?:\/\//, ''),
      ClientIDList: clientIds,
      ThumbprintList: thumbprints,
      CreateDate: call.clock.now(),
      Tags: input.Tags ?? [],
    },
    call,
  );
  return { OpenIDConnectProviderArn: Arn, ...(input.Tags?.length ? { Tags: input.Tags } : {}) };
}

export const oidcProviderOperations: Readonly<Record<string, Operation>> = {
  CreateOpenIDConnectProvider: operation<sdk.CreateOpenIDConnectProviderRequest, sdk.CreateOpenIDConnectProviderResponse>({
    handle: create,
  }),
  GetOpenIDConnectProvider: operation<sdk.GetOpenIDConnectProviderRequest, sdk.GetOpenIDConnectProviderResponse>({
    handle: (input, call) => {
      const { Arn: _arn, ...provider } = requireProvider(input.OpenIDConnectProviderArn, call);
      return provider;
    },
  }),
  ListOpenIDConnectProviders: operation<sdk.ListOpenIDConnectProvidersRequest, sdk.ListOpenIDConnectProvidersResponse>({
    handle: (_input, call) => ({
      OpenIDConnectProviderList: iamTables(call.tables)
        .oidcProviders.list(`${scopeKey(call)}/`)
        .map(({ Arn }) => ({ Arn })),
    }),
  }),
  UpdateOpenIDConnectProviderThumbprint: operation<sdk.UpdateOpenIDConnectProviderThumbprintRequest, object>({
    handle: (input, call) => {
      const provider = requireProvider(input.OpenIDConnectProviderArn, call);
      checkThumbprints(input.ThumbprintList ?? []);
      save({ ...provider, ThumbprintList: input.ThumbprintList }, call);
      return {};
    },
  }),
  AddClientIDToOpenIDConnectProvider: operation<sdk.AddClientIDToOpenIDConnectProviderRequest, object>({
    handle: (input, call) => {
      const provider = requireProvider(input.OpenIDConnectProviderArn, call);
      const ids = new Set([...(provider.ClientIDList ?? []), input.ClientID ?? '']);
      if (ids.size > MOST_CLIENT_IDS) {
        throw limitExceeded('ClientIdsPerOpenIdConnectProvider', MOST_CLIENT_IDS);
      }
      save({ ...provider, ClientIDList: [...ids] }, call);
      return {};
    },
  }),
  RemoveClientIDFromOpenIDConnectProvider: operation<sdk.RemoveClientIDFromOpenIDConnectProviderRequest, object>({
    handle: (input, call) => {
      const provider = requireProvider(input.OpenIDConnectProviderArn, call);
      save({ ...provider, ClientIDList: provider.ClientIDList?.filter((id) => id !== input.ClientID) }, call);
      return {};
    },
  }),
  DeleteOpenIDConnectProvider: operation<sdk.DeleteOpenIDConnectProviderRequest, object>({
    handle: (input, call) => {
      // Deleting what is not there succeeds, as with AWS.
      iamTables(call.tables).oidcProviders.delete(scopeKey(call, input.OpenIDConnectProviderArn ?? ''));
      return {};
    },
  }),
  ...tagOperations({
    kind: 'OpenIDConnectProvider',
    member: 'OpenIDConnectProviderArn',
    read: (arn, call) => requireProvider(arn, call).Tags ?? [],
    write: (arn, Tags, call) => save({ ...requireProvider(arn, call), Tags }, call),
  }),
};
