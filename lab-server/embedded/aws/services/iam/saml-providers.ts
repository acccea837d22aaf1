// SAML identity providers: metadata that is kept for trust policies to name.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { checkName } from './documents.ts';
import { alreadyExists, invalidInput, noSuchEntity } from './errors.ts';
import { iamTables, type SamlProvider } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

const YEAR_MS = 365 * 86_400_000;
const SHORTEST_METADATA = 1000;

function requireProvider(arn: string | undefined, call: Call): SamlProvider {
  const provider = iamTables(call.tables).samlProviders.get(scopeKey(call, arn ?? ''));
  if (!provider) {
    throw noSuchEntity(`Manifest not found for arn ${arn ?? ''}`);
  }
  return provider;
}

function save(provider: SamlProvider, call: Call): void {
  iamTables(call.tables).samlProviders.put(scopeKey(call, provider.Arn), provider);
}

/** Throws InvalidInput for what is no metadata of an identity provider; the placeholders of other suites are taken. */
function checkMetadata(document: string | undefined, call: Call): void {
  const text = document ?? '';
  if (text.length < SHORTEST_METADATA || (!/EntityDescriptor/.test(text) && !call.takesPlaceholders)) {
    throw invalidInput('Could not parse metadata');
  }
}

export const samlProviderOperations: Readonly<Record<string, Operation>> = {
  CreateSAMLProvider: operation<sdk.CreateSAMLProviderRequest, sdk.CreateSAMLProviderResponse>({
    handle: (input, call) => {
      const name = checkName(input.Name, 'name');
      checkTags(input.Tags);
      checkMetadata(input.SAMLMetadataDocument, call);
      const Arn = `arn:aws:iam::${call.account}:saml-provider/${name}`;
      if (iamTables(call.tables).samlProviders.has(scopeKey(call, Arn))) {
        throw alreadyExists(`SAMLProvider ${name} already exists.`);
      }
      save(
        {
          Arn,
          SAMLProviderUUID: randomUUID(),
          SAMLMetadataDocument: input.SAMLMetadataDocument,
          CreateDate: call.clock.now(),
          ValidUntil: call.clock.now() + YEAR_MS,
          Tags: input.Tags ?? [],
        },
        call,
      );
      return { SAMLProviderArn: Arn, ...(input.Tags?.length ? { Tags: input.Tags } : {}) };
    },
  }),
  GetSAMLProvider: operation<sdk.GetSAMLProviderRequest, sdk.GetSAMLProviderResponse>({
    handle: (input, call) => {
      const { Arn: _arn, ...provider } = requireProvider(input.SAMLProviderArn, call);
      return provider;
    },
  }),
  ListSAMLProviders: operation<sdk.ListSAMLProvidersRequest, sdk.ListSAMLProvidersResponse>({
    handle: (_input, call) => ({
      SAMLProviderList: iamTables(call.tables)
        .samlProviders.list(`${scopeKey(call)}/`)
        .map(({ Arn, ValidUntil, CreateDate }) => ({ Arn, ValidUntil, CreateDate })),
    }),
  }),
  UpdateSAMLProvider: operation<sdk.UpdateSAMLProviderRequest, sdk.UpdateSAMLProviderResponse>({
    handle: (input, call) => {
      const provider = requireProvider(input.SAMLProviderArn, call);
      if (input.SAMLMetadataDocument !== undefined) {
        checkMetadata(input.SAMLMetadataDocument, call);
        save({ ...provider, SAMLMetadataDocument: input.SAMLMetadataDocument, ValidUntil: call.clock.now() + YEAR_MS }, call);
      }
      return { SAMLProviderArn: provider.Arn };
    },
  }),
  DeleteSAMLProvider: operation<sdk.DeleteSAMLProviderRequest, object>({
    handle: (input, call) => {
      iamTables(call.tables).samlProviders.delete(scopeKey(call, requireProvider(input.SAMLProviderArn, call).Arn));
      return {};
    },
  }),
  ...tagOperations({
    kind: 'SAMLProvider',
    member: 'SAMLProviderArn',
    read: (arn, call) => requireProvider(arn, call).Tags ?? [],
    write: (arn, Tags, call) => save({ ...requireProvider(arn, call), Tags }, call),
  }),
};
