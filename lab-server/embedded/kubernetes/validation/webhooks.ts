// What both kinds of webhook configuration share: defaults and validation of their webhooks.
import type * as models from '@kubernetes/client-node';
import type { FieldError } from '../resources/kind.ts';
import type { Wire } from '../types.ts';
import { dns1123Subdomain } from '../values/names.ts';
import { duplicate, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';

export type Webhook = Wire<models.V1ValidatingWebhook> & { reinvocationPolicy?: string };
type Rule = Wire<models.V1RuleWithOperations>;

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

export function setWebhookDefaults(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) {
    webhook.clientConfig.service.port ??= 443;
  }
  setRuleDefaults(webhook.rules);
}

export function setRuleDefaults(rules: { scope?: string }[] | undefined): void {
  rules?.forEach((rule) => (rule.scope ??= '*'));
}

export function validateWebhooks(webhooks: readonly Webhook[]): FieldError[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const errors = validateWebhook(webhook, path);
    if (names.has(webhook.name)) {
      errors.push(duplicate(`${path}.name`, webhook.name));
    }
    names.add(webhook.name);
    return errors;
  });
}

function validateWebhook(webhook: Webhook, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!webhook.name) {
    errors.push(required(`${path}.name`));
  } else {
    const problems = dns1123Subdomain(webhook.name);
    errors.push(...invalidFor(`${path}.name`, webhook.name, problems));
    if (problems.length === 0 && webhook.name.split('.').length < 3) {
      errors.push(invalid(`${path}.name`, webhook.name, 'should be a domain with at least three segments separated by dots'));
    }
  }
  const versions = webhook.admissionReviewVersions ?? [];
  if (versions.length === 0) {
    errors.push(required(`${path}.admissionReviewVersions`, 'must specify one of v1, v1beta1'));
  } else if (!versions.some((version) => version === 'v1' || version === 'v1beta1')) {
    errors.push(invalid(`${path}.admissionReviewVersions`, versions, 'must include at least one of v1, v1beta1'));
  }
  webhook.rules?.forEach((rule, index) => errors.push(...validateRule(rule, `${path}.rules[${index}]`)));
  if (webhook.failurePolicy !== 'Fail' && webhook.failurePolicy !== 'Ignore') {
    errors.push(notSupported(`${path}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']));
  }
  if (webhook.matchPolicy !== 'Equivalent' && webhook.matchPolicy !== 'Exact') {
    errors.push(notSupported(`${path}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']));
  }
  if (!webhook.sideEffects) {
    errors.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  } else if (webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
    errors.push(notSupported(`${path}.sideEffects`, webhook.sideEffects, ['None', 'NoneOnDryRun']));
  }
  const seconds = webhook.timeoutSeconds ?? 10;
  if (seconds < 1 || seconds > 30) {
    errors.push(invalid(`${path}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds'));
  }
  errors.push(...validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`));
  errors.push(...validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`));
  if (Boolean(webhook.clientConfig?.url) === Boolean(webhook.clientConfig?.service)) {
    errors.push(required(`${path}.clientConfig`, 'exactly one of url or service is required'));
  }
  return errors;
}

export function validateRule(rule: Rule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule.operations?.length) {
    errors.push(required(`${path}.operations`));
  }
  rule.operations?.forEach((operation, index) => {
    if (!operations.includes(operation)) {
      errors.push(notSupported(`${path}.operations[${index}]`, operation, operations));
    }
  });
  for (const list of ['apiGroups', 'apiVersions', 'resources'] as const) {
    const values = rule[list] ?? [];
    if (values.length === 0) {
      errors.push(required(`${path}.${list}`));
    } else if (values.length > 1 && values.includes('*') && list !== 'resources') {
      errors.push(
        invalid(
          `${path}.${list}`,
          values,
          "if '*' is present, must not specify other " + (list === 'apiGroups' ? 'API groups' : 'API versions'),
        ),
      );
    }
  }
  const scopes = ['*', 'Cluster', 'Namespaced'];
  if (rule.scope && !scopes.includes(rule.scope)) {
    errors.push(notSupported(`${path}.scope`, rule.scope, scopes));
  }
  return errors;
}
