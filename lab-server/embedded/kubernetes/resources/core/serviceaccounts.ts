// serviceaccounts: who a pod is to the API.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { KindDefinition } from '../kind.ts';

export type ServiceAccount = Stored<models.V1ServiceAccount>;

export const serviceaccounts: KindDefinition<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  model: 'V1ServiceAccount',
  hasGeneration: false,
  columns: [nameColumn(), ageColumn()],
  validateCreate: (account) => validateObjectMeta(account.metadata, true, subdomainName),
  validateUpdate: (account, old) => validateObjectMetaUpdate(account.metadata, old.metadata),
};
