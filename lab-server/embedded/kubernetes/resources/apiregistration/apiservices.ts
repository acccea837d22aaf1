// apiservices: which groups and versions the API has, and who serves them.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import { pathSegmentName } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type APIService = Stored<models.V1APIService>;

export const apiservices = checkedKind<APIService>(
  {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    kind: 'APIService',
    plural: 'apiservices',
    singular: 'apiservice',
    categories: ['api-extensions'],
    namespaced: false,
    model: 'V1APIService',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('Service', ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local'), {
        description: 'Who serves the group: the API server itself, or a service.',
      }),
      textColumn('Available', availableText, { description: 'Whether the group can be asked.' }),
      ageColumn(),
    ],
    setDefaults({ spec }) {
      if (spec?.service) {
        spec.service.port ??= 443;
      }
    },
    prepareForCreate(service) {
      service.status = service.spec?.service
        ? {}
        : {
            conditions: [
              { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' },
            ] as NonNullable<NonNullable<APIService['status']>['conditions']>,
          };
    },
    prepareForUpdate(service, old) {
      if (old.status) {
        service.status = old.status;
      }
    },
  },
  {
    nameRule: pathSegmentName,
    validate({ metadata, spec }) {
      const errors: FieldError[] = [];
      const { group = '', version = '' } = spec ?? {};
      if (metadata.name !== `${version}.${group}`) {
        errors.push(invalid('metadata.name', metadata.name, '`spec.version+"."+spec.group`'));
      }
      if (version === '') {
        errors.push(required('spec.version'));
      }
      const priority = spec?.groupPriorityMinimum ?? 0;
      if (priority <= 0 || priority > 20_000) {
        errors.push(invalid('spec.groupPriorityMinimum', priority, 'must be positive and less than 20000'));
      }
      const versionPriority = spec?.versionPriority ?? 0;
      if (versionPriority <= 0 || versionPriority > 1000) {
        errors.push(invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
      }
      return errors;
    },
  },
);

function availableText({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) {
    return 'Unknown';
  }
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason})`;
}
