// Policies of repositories and of the registry, and lifecycle policies.
import type * as sdk from '@aws-sdk/client-ecr';
import { z } from 'zod';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { invalidParameter } from './errors.ts';
import { checkLifecyclePolicy } from './lifecycle-rules.ts';
import { expireImages, expiriesOf } from './lifecycle-run.ts';
import { imagesOf, onRepository, requireRepository, saveRepository } from './repositories.ts';
import { ecrTables, settingsOf, type Repository } from './state.ts';
import { pageOf } from '../pages.ts';

const texts = z.union([z.string(), z.array(z.string())]);
const statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), texts)]).optional(),
  NotPrincipal: z.record(z.string(), texts).optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
const document = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([statement, z.array(statement)]),
});
/** The actions that a registry's policy may speak of. */
const REGISTRY_ACTIONS = new Set(['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:BatchImportUpstreamImage', 'ecr:*']);

function statementsOf(text: string, kind: 'repository' | 'registry'): z.infer<typeof statement>[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = document.safeParse(json);
  const statements = parsed.success ? [parsed.data.Statement].flat() : [];
  const isWhole = statements.every(
    (one) => (one.Principal ?? one.NotPrincipal) !== undefined && (one.Action ?? one.NotAction) !== undefined,
  );
  if (!parsed.success || !isWhole) {
    throw invalidParameter('PolicyText', `Invalid ${kind} policy provided`);
  }
  return statements;
}

function noPolicy(kind: 'Repository' | 'Lifecycle', { repositoryName, registryId }: Repository): AwsError {
  return new AwsError(
    `${kind}PolicyNotFoundException`,
    `${kind} policy does not exist for the repository with name '${repositoryName ?? ''}' in the registry with id '${registryId ?? ''}'`,
  );
}

function named({ registryId, repositoryName }: Repository): { registryId?: string; repositoryName?: string } {
  return { registryId, repositoryName };
}

const repositoryPolicies: Readonly<Record<string, Operation>> = {
  SetRepositoryPolicy: operation<sdk.SetRepositoryPolicyRequest, sdk.SetRepositoryPolicyResponse>({
    authorize: onRepository('SetRepositoryPolicy'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      statementsOf(input.policyText ?? '', 'repository');
      saveRepository({ ...repository, policyText: input.policyText }, call);
      return { ...named(repository), policyText: input.policyText };
    },
  }),
  GetRepositoryPolicy: operation<sdk.GetRepositoryPolicyRequest, sdk.GetRepositoryPolicyResponse>({
    authorize: onRepository('GetRepositoryPolicy'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      if (repository.policyText === undefined) {
        throw noPolicy('Repository', repository);
      }
      return { ...named(repository), policyText: repository.policyText };
    },
  }),
  DeleteRepositoryPolicy: operation<sdk.DeleteRepositoryPolicyRequest, sdk.DeleteRepositoryPolicyResponse>({
    authorize: onRepository('DeleteRepositoryPolicy'),
    handle: (input, call) => {
      const { policyText, ...repository } = requireRepository(input, call);
      if (policyText === undefined) {
        throw noPolicy('Repository', repository);
      }
      saveRepository(repository, call);
      return { ...named(repository), policyText };
    },
  }),
};

const lifecyclePolicies: Readonly<Record<string, Operation>> = {
  PutLifecyclePolicy: operation<sdk.PutLifecyclePolicyRequest, sdk.PutLifecyclePolicyResponse>({
    authorize: onRepository('PutLifecyclePolicy'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      const text = input.lifecyclePolicyText ?? '';
      checkLifecyclePolicy(text);
      const changed = saveRepository({ ...repository, lifecycle: { text, evaluatedAt: call.clock.now() } }, call);
      expireImages(changed, call);
      return { ...named(repository), lifecyclePolicyText: text };
    },
  }),
  GetLifecyclePolicy: operation<sdk.GetLifecyclePolicyRequest, sdk.GetLifecyclePolicyResponse>({
    authorize: onRepository('GetLifecyclePolicy'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      if (!repository.lifecycle) {
        throw noPolicy('Lifecycle', repository);
      }
      return { ...named(repository), lifecyclePolicyText: repository.lifecycle.text, lastEvaluatedAt: repository.lifecycle.evaluatedAt };
    },
  }),
  DeleteLifecyclePolicy: operation<sdk.DeleteLifecyclePolicyRequest, sdk.DeleteLifecyclePolicyResponse>({
    authorize: onRepository('DeleteLifecyclePolicy'),
    handle: (input, call) => {
      const { lifecycle, ...repository } = requireRepository(input, call);
      if (!lifecycle) {
        throw noPolicy('Lifecycle', repository);
      }
      saveRepository(repository, call);
      return { ...named(repository), lifecyclePolicyText: lifecycle.text, lastEvaluatedAt: lifecycle.evaluatedAt };
    },
  }),
  StartLifecyclePolicyPreview: operation<sdk.StartLifecyclePolicyPreviewRequest, sdk.StartLifecyclePolicyPreviewResponse>({
    authorize: onRepository('StartLifecyclePolicyPreview'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      const text = input.lifecyclePolicyText ?? repository.lifecycle?.text;
      if (text === undefined) {
        throw noPolicy('Lifecycle', repository);
      }
      checkLifecyclePolicy(text);
      const results = expiriesOf(text, imagesOf(repository, call), call.clock.now()).map(({ image, priority }) => ({
        digest: image.digest,
        tags: image.tags,
        pushedAt: image.pushedAt,
        priority,
      }));
      saveRepository({ ...repository, preview: { text, results } }, call);
      return { ...named(repository), lifecyclePolicyText: text, status: 'IN_PROGRESS' };
    },
  }),
  GetLifecyclePolicyPreview: operation<sdk.GetLifecyclePolicyPreviewRequest, sdk.GetLifecyclePolicyPreviewResponse>({
    authorize: onRepository('GetLifecyclePolicyPreview'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      if (!repository.preview) {
        throw new AwsError(
          'LifecyclePolicyPreviewNotFoundException',
          `Lifecycle policy preview does not exist for the repository with name '${repository.repositoryName ?? ''}' in the registry with id '${repository.registryId ?? ''}'`,
        );
      }
      const { text, results } = repository.preview;
      const page = pageOf(results, input.nextToken, input.maxResults ?? 100);
      return {
        ...named(repository),
        lifecyclePolicyText: text,
        status: 'COMPLETE',
        previewResults: page.items.map(({ digest, tags, pushedAt, priority }) => ({
          imageDigest: digest,
          imageTags: tags,
          imagePushedAt: pushedAt,
          action: { type: 'EXPIRE' },
          appliedRulePriority: priority,
        })),
        summary: { expiringImageTotalCount: results.length },
        nextToken: page.nextToken,
      };
    },
  }),
};

function noRegistryPolicy(call: Call): AwsError {
  return new AwsError('RegistryPolicyNotFoundException', `Registry policy does not exist in the registry with id '${call.account}'`);
}

const registryPolicies: Readonly<Record<string, Operation>> = {
  PutRegistryPolicy: operation<sdk.PutRegistryPolicyRequest, sdk.PutRegistryPolicyResponse>({
    handle: (input, call) => {
      const actions = statementsOf(input.policyText ?? '', 'registry').flatMap((one) => [one.Action ?? []].flat());
      if (actions.some((action) => !REGISTRY_ACTIONS.has(action))) {
        throw invalidParameter('PolicyText', 'Invalid registry policy provided');
      }
      const key = scopeKey(call);
      ecrTables(call.tables).registries.put(key, { ...settingsOf(call.tables, key), policyText: input.policyText });
      return { registryId: call.account, policyText: input.policyText };
    },
  }),
  GetRegistryPolicy: operation<object, sdk.GetRegistryPolicyResponse>({
    handle: (_input, call) => {
      const { policyText } = settingsOf(call.tables, scopeKey(call));
      if (policyText === undefined) {
        throw noRegistryPolicy(call);
      }
      return { registryId: call.account, policyText };
    },
  }),
  DeleteRegistryPolicy: operation<object, sdk.DeleteRegistryPolicyResponse>({
    handle: (_input, call) => {
      const { policyText, ...settings } = settingsOf(call.tables, scopeKey(call));
      if (policyText === undefined) {
        throw noRegistryPolicy(call);
      }
      ecrTables(call.tables).registries.put(scopeKey(call), settings);
      return { registryId: call.account, policyText };
    },
  }),
};

export const policyOperations: Readonly<Record<string, Operation>> = { ...repositoryPolicies, ...lifecyclePolicies, ...registryPolicies };
