// validatingwebhookconfigurations: services that may refuse what is written.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { setWebhookDefaults, validateWebhooks } from '../../validation/webhooks.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';

export type ValidatingWebhookConfiguration = Stored<models.V1ValidatingWebhookConfiguration>;

export const validatingwebhookconfigurations = checkedKind<ValidatingWebhookConfiguration>(
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    singular: 'validatingwebhookconfiguration',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1ValidatingWebhookConfiguration',
    hasGeneration: true,
    columns: [nameColumn(), integerColumn('Webhooks', (object) => object.webhooks?.length ?? 0), ageColumn()],
    setDefaults: (object) => object.webhooks?.forEach(setWebhookDefaults),
  },
  { validate: (object) => validateWebhooks(object.webhooks ?? []) },
);
