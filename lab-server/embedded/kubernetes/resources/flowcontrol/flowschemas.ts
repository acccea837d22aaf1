// flowschemas: which requests to the API share a queue.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid, required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type FlowSchema = Stored<models.V1FlowSchema>;

export const flowschemas = checkedKind<FlowSchema>(
  {
    group: 'flowcontrol.apiserver.k8s.io',
    version: 'v1',
    kind: 'FlowSchema',
    plural: 'flowschemas',
    singular: 'flowschema',
    namespaced: false,
    model: 'V1FlowSchema',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('PriorityLevel', (schema) => schema.spec?.priorityLevelConfiguration?.name ?? ''),
      textColumn('MatchingPrecedence', (schema) => schema.spec?.matchingPrecedence ?? 0),
      textColumn('DistinguisherMethod', (schema) => schema.spec?.distinguisherMethod?.type ?? '<none>'),
      ageColumn(),
      textColumn('MissingPL', ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?'),
    ],
    setDefaults({ spec }) {
      if (spec) {
        spec.matchingPrecedence ??= 1000;
      }
    },
    prepareForCreate(schema) {
      schema.status = {};
    },
    prepareForUpdate(schema, old) {
      schema.status = old.status ?? {};
    },
  },
  {
    validate({ spec }) {
      const errors: FieldError[] = [];
      const precedence = spec?.matchingPrecedence ?? 0;
      if (precedence <= 0 || precedence > 10_000) {
        errors.push(
          invalid('spec.matchingPrecedence', precedence, precedence <= 0 ? 'must be a positive value' : 'must not be greater than 10000'),
        );
      }
      if (!spec?.priorityLevelConfiguration?.name) {
        errors.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
      }
      return errors;
    },
  },
);
