// The registry as a whole: tokens for its clients, replication, account settings, pull-through caches, templates of repositories.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidParameter } from './errors.ts';
import { ecrTables, settingsOf, type PullThroughRule, type RegistrySettings } from './state.ts';

const TOKEN_LIFE_MS = 12 * 3_600_000;
const DEFAULT_PAGE = 100;

function changeSettings(change: Partial<RegistrySettings>, call: Call): void {
  ecrTables(call.tables).registries.put(scopeKey(call), { ...settingsOf(call.tables, scopeKey(call)), ...change });
}

function authorizationData(registry: string, call: Call): Timestamped<sdk.AuthorizationData> {
  return {
    authorizationToken: Buffer.from(`AWS:${randomBytes(120).toString('base64')}`).toString('base64'),
    expiresAt: call.clock.now() + TOKEN_LIFE_MS,
    proxyEndpoint: `https://${registry}.dkr.ecr.${call.region}.amazonaws.com`,
  };
}

function putReplication(
  input: Timestamped<sdk.PutReplicationConfigurationRequest>,
  call: Call,
): Timestamped<Omit<sdk.PutReplicationConfigurationResponse, '$metadata'>> {
  const rules = input.replicationConfiguration?.rules ?? [];
  const destinations = rules.flatMap((rule) => rule.destinations ?? []);
  if (destinations.some((one) => one.region === call.region && one.registryId === call.account)) {
    throw invalidParameter('replicationConfiguration', 'Replication destination cannot be the same as the source registry');
  }
  if (rules.length > 1) {
    throw new AwsError('ValidationException', 'This feature is disabled');
  }
  changeSettings({ replication: { rules } }, call);
  return { replicationConfiguration: { rules } };
}

/** Upstream registries that AWS offers, by their host names. */
const UPSTREAMS: Readonly<Record<string, string>> = {
  'public.ecr.aws': 'ecr-public',
  'registry.k8s.io': 'k8s',
  'quay.io': 'quay',
  'registry-1.docker.io': 'docker-hub',
  'ghcr.io': 'github-container-registry',
  'registry.gitlab.com': 'gitlab-container-registry',
  'cgr.dev': 'chainguard',
};
/** Those that want credentials in a secret. */
const NEEDS_SECRET = new Set(['docker-hub', 'github-container-registry', 'gitlab-container-registry', 'chainguard']);

function requireRule(prefix: string | undefined, call: Call): PullThroughRule {
  const rule = ecrTables(call.tables).pullThroughRules.get(scopeKey(call, prefix ?? ''));
  if (!rule) {
    throw new AwsError(
      'PullThroughCacheRuleNotFoundException',
      `The pull through cache rule with prefix '${prefix ?? ''}' does not exist in the registry with id '${call.account}'`,
    );
  }
  return rule;
}

const pullThroughRules: Readonly<Record<string, Operation>> = {
  CreatePullThroughCacheRule: operation<sdk.CreatePullThroughCacheRuleRequest, sdk.CreatePullThroughCacheRuleResponse>({
    handle: (input, call) => {
      const prefix = input.ecrRepositoryPrefix ?? '';
      const { pullThroughRules: rules } = ecrTables(call.tables);
      if (rules.has(scopeKey(call, prefix))) {
        throw new AwsError(
          'PullThroughCacheRuleAlreadyExistsException',
          `A pull through cache rule with prefix '${prefix}' already exists in the registry with id '${call.account}'`,
        );
      }
      const upstream = UPSTREAMS[input.upstreamRegistryUrl ?? ''];
      if (upstream === undefined) {
        throw new AwsError(
          'UnsupportedUpstreamRegistryException',
          `The upstream registry '${input.upstreamRegistryUrl ?? ''}' is not supported.`,
        );
      }
      if (NEEDS_SECRET.has(upstream) && input.credentialArn === undefined) {
        throw new AwsError(
          'InvalidParameterException',
          `Credentials are required for the upstream registry '${input.upstreamRegistryUrl ?? ''}'.`,
        );
      }
      const rule: PullThroughRule = {
        ecrRepositoryPrefix: prefix,
        upstreamRegistryUrl: input.upstreamRegistryUrl,
        createdAt: call.clock.now(),
        updatedAt: call.clock.now(),
        registryId: call.account,
        credentialArn: input.credentialArn,
        customRoleArn: input.customRoleArn,
        upstreamRepositoryPrefix: input.upstreamRepositoryPrefix ?? 'ROOT',
        upstreamRegistry: upstream as PullThroughRule['upstreamRegistry'],
      };
      rules.put(scopeKey(call, prefix), rule);
      return rule;
    },
  }),
  DescribePullThroughCacheRules: operation<sdk.DescribePullThroughCacheRulesRequest, sdk.DescribePullThroughCacheRulesResponse>({
    handle: (input, call) => {
      const rules = input.ecrRepositoryPrefixes?.length
        ? input.ecrRepositoryPrefixes.map((prefix) => requireRule(prefix, call))
        : ecrTables(call.tables).pullThroughRules.list(`${scopeKey(call)}/`);
      const page = pageOf(rules, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
      return { pullThroughCacheRules: page.items, nextToken: page.nextToken };
    },
  }),
  UpdatePullThroughCacheRule: operation<sdk.UpdatePullThroughCacheRuleRequest, sdk.UpdatePullThroughCacheRuleResponse>({
    handle: (input, call) => {
      const rule = { ...requireRule(input.ecrRepositoryPrefix, call), updatedAt: call.clock.now() };
      const changed = {
        ...rule,
        credentialArn: input.credentialArn ?? rule.credentialArn,
        customRoleArn: input.customRoleArn ?? rule.customRoleArn,
      };
      ecrTables(call.tables).pullThroughRules.put(scopeKey(call, input.ecrRepositoryPrefix ?? ''), changed);
      return changed;
    },
  }),
  DeletePullThroughCacheRule: operation<sdk.DeletePullThroughCacheRuleRequest, sdk.DeletePullThroughCacheRuleResponse>({
    handle: (input, call) => {
      const rule = requireRule(input.ecrRepositoryPrefix, call);
      ecrTables(call.tables).pullThroughRules.delete(scopeKey(call, input.ecrRepositoryPrefix ?? ''));
      return rule;
    },
  }),
  ValidatePullThroughCacheRule: operation<sdk.ValidatePullThroughCacheRuleRequest, sdk.ValidatePullThroughCacheRuleResponse>({
    handle: (input, call) => ({ ...requireRule(input.ecrRepositoryPrefix, call), isValid: true }),
  }),
};

const creationTemplates: Readonly<Record<string, Operation>> = {
  CreateRepositoryCreationTemplate: operation<sdk.CreateRepositoryCreationTemplateRequest, sdk.CreateRepositoryCreationTemplateResponse>({
    handle: (input, call) => {
      const key = scopeKey(call, input.prefix ?? '');
      if (ecrTables(call.tables).creationTemplates.has(key)) {
        throw new AwsError(
          'TemplateAlreadyExistsException',
          `The repository creation template with prefix '${input.prefix ?? ''}' already exists in the registry with id '${call.account}'`,
        );
      }
      const template = { ...input, createdAt: call.clock.now(), updatedAt: call.clock.now() };
      ecrTables(call.tables).creationTemplates.put(key, template);
      return { registryId: call.account, repositoryCreationTemplate: template };
    },
  }),
  UpdateRepositoryCreationTemplate: operation<sdk.UpdateRepositoryCreationTemplateRequest, sdk.UpdateRepositoryCreationTemplateResponse>({
    handle: (input, call) => {
      const template = { ...requireTemplate(input.prefix, call), ...input, updatedAt: call.clock.now() };
      ecrTables(call.tables).creationTemplates.put(scopeKey(call, input.prefix ?? ''), template);
      return { registryId: call.account, repositoryCreationTemplate: template };
    },
  }),
  DescribeRepositoryCreationTemplates: operation<
    sdk.DescribeRepositoryCreationTemplatesRequest,
    sdk.DescribeRepositoryCreationTemplatesResponse
  >({
    handle: (input, call) => {
      const templates = input.prefixes?.length
        ? input.prefixes.map((prefix) => requireTemplate(prefix, call))
        : ecrTables(call.tables).creationTemplates.list(`${scopeKey(call)}/`);
      const page = pageOf(templates, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
      return { registryId: call.account, repositoryCreationTemplates: page.items, nextToken: page.nextToken };
    },
  }),
  DeleteRepositoryCreationTemplate: operation<sdk.DeleteRepositoryCreationTemplateRequest, sdk.DeleteRepositoryCreationTemplateResponse>({
    handle: (input, call) => {
      const template = requireTemplate(input.prefix, call);
      ecrTables(call.tables).creationTemplates.delete(scopeKey(call, input.prefix ?? ''));
      return { registryId: call.account, repositoryCreationTemplate: template };
    },
  }),
};

function requireTemplate(prefix: string | undefined, call: Call): Timestamped<sdk.RepositoryCreationTemplate> {
  const template = ecrTables(call.tables).creationTemplates.get(scopeKey(call, prefix ?? ''));
  if (!template) {
    throw new AwsError(
      'TemplateNotFoundException',
      `The repository creation template with prefix '${prefix ?? ''}' does not exist in the registry with id '${call.account}'`,
    );
  }
  return template;
}

const SETTINGS: Readonly<Record<string, string>> = {
  BASIC_SCAN_TYPE_VERSION: 'AWS_NATIVE',
  REGISTRY_POLICY_SCOPE: 'V2',
  BLOB_MOUNTING: 'DISABLED',
};

export const registryOperations: Readonly<Record<string, Operation>> = {
  GetAuthorizationToken: operation<sdk.GetAuthorizationTokenRequest, sdk.GetAuthorizationTokenResponse>({
    handle: (input, call) => ({
      authorizationData: (input.registryIds?.length ? input.registryIds : [call.account]).map((registry) =>
        authorizationData(registry, call),
      ),
    }),
  }),
  DescribeRegistry: operation<object, sdk.DescribeRegistryResponse>({
    handle: (_input, call) => ({
      registryId: call.account,
      replicationConfiguration: settingsOf(call.tables, scopeKey(call)).replication,
    }),
  }),
  PutReplicationConfiguration: operation<sdk.PutReplicationConfigurationRequest, sdk.PutReplicationConfigurationResponse>({
    handle: putReplication,
  }),
  GetAccountSetting: operation<sdk.GetAccountSettingRequest, sdk.GetAccountSettingResponse>({
    handle: ({ name = '' }, call) => {
      const value = settingsOf(call.tables, scopeKey(call)).account[name] ?? SETTINGS[name];
      if (value === undefined) {
        throw invalidParameter('name', `Member must satisfy enum value set: [${Object.keys(SETTINGS).join(', ')}]`);
      }
      return { name, value };
    },
  }),
  PutAccountSetting: operation<sdk.PutAccountSettingRequest, sdk.PutAccountSettingResponse>({
    handle: ({ name = '', value = '' }, call) => {
      if (SETTINGS[name] === undefined) {
        throw invalidParameter('name', `Member must satisfy enum value set: [${Object.keys(SETTINGS).join(', ')}]`);
      }
      const { account } = settingsOf(call.tables, scopeKey(call));
      changeSettings({ account: { ...account, [name]: value } }, call);
      return { name, value };
    },
  }),
  ...pullThroughRules,
  ...creationTemplates,
};
