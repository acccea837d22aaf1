// mutatingwebhookconfigurations: services that may change what is written.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { setWebhookDefaults, validateWebhooks } from '../../validation/webhooks.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';

export type MutatingWebhookConfiguration = Stored<models.V1MutatingWebhookConfiguration>;

export const mutatingwebhookconfigurations = checkedKind<MutatingWebhookConfiguration>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    singular: 'mutatingwebhookconfiguration',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1MutatingWebhookConfiguration',
    hasGeneration: true,
    columns: [nameColumn(), integerColumn('Webhooks', (object) => object.webhooks?.length ?? 0), ageColumn()],
    setDefaults(object) {
      for (const webhook of object.webhooks ?? []) {
        setWebhookDefaults(webhook);
        webhook.reinvocationPolicy ??= 'Never';
      }
    },
  },
  { validate: (object) => validateWebhooks(object.webhooks ?? []) },
);
