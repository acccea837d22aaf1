// Admission webhooks: nothing in the cluster serves TLS, so a webhook that a write concerns can never be reached. What the real server does when
// it cannot reach one happens here: `failurePolicy` decides, and a refusal says why in its words.
import type { KubernetesObject, LabelSelector } from '../../types.ts';
import type { Webhook } from '../../validation/webhooks.ts';
import type { ApiCore } from '../core.ts';
import { internalError } from '../errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import { isWanted } from './policies/matching.ts';

const GROUP = 'admissionregistration.k8s.io';

export const mutatingWebhooks: AdmissionPlugin = {
  name: 'MutatingAdmissionWebhook',
  admit: (request, core) => call(`mutatingwebhookconfigurations.${GROUP}`, request, core),
};

export const validatingWebhooks: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  validate: (request, core) => call(`validatingwebhookconfigurations.${GROUP}`, request, core),
};

function call(table: string, request: AdmissionRequest, core: ApiCore): void {
  const configurations = core.store.table(table);
  if (configurations.size === 0 || request.resource.group === GROUP) {
    return;
  }
  for (const { object } of configurations.list()) {
    for (const webhook of (object as KubernetesObject & { webhooks?: Webhook[] }).webhooks ?? []) {
      if (concerns(webhook, request, core) && webhook.failurePolicy !== 'Ignore') {
        throw internalError(`failed calling webhook "${webhook.name}": failed to call webhook: ${whyNot(webhook, core)}`);
      }
    }
  }
}

function concerns(webhook: Webhook, request: AdmissionRequest, core: ApiCore): boolean {
  return isWanted(request, core, {
    rules: webhook.rules ?? [],
    namespaceSelector: webhook.namespaceSelector as LabelSelector,
    objectSelector: webhook.objectSelector as LabelSelector,
    ...(webhook.matchPolicy && { policy: webhook.matchPolicy }),
  });
}

function whyNot({ clientConfig, timeoutSeconds = 10 }: Webhook, core: ApiCore): string {
  const { service, url } = clientConfig ?? {};
  if (!service) {
    return `Post "${url}?timeout=${timeoutSeconds}s": dial tcp: lookup ${URL.parse(url ?? '')?.hostname ?? ''}: no such host`;
  }
  const { namespace, name, path = '/', port = 443 } = service;
  const post = `Post "https://${name}.${namespace}.svc:${port}${path}?timeout=${timeoutSeconds}s"`;
  const found = core.store.table('services').get(`${namespace}/${name}`)?.object as
    | (KubernetesObject & { spec?: { ports?: { port: number }[]; clusterIP?: string } })
    | undefined;
  if (!found) {
    return `${post}: service "${name}" not found`;
  }
  if (!found.spec?.ports?.some((one) => one.port === port)) {
    return `${post}: no service port ${port} found for service "${name}"`;
  }
  return `${post}: dial tcp ${found.spec.clusterIP}:${port}: connect: connection refused`;
}
