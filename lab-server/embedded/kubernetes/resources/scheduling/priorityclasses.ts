// priorityclasses: which pods go before others.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, notSupported } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, booleanColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type PriorityClass = Stored<models.V1PriorityClass>;

const highestForUsers = 1_000_000_000;
/** The two classes every cluster has. */
const systemClasses: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

export const priorityclasses = checkedKind<PriorityClass>(
  {
    group: 'scheduling.k8s.io',
    version: 'v1',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    singular: 'priorityclass',
    shortNames: ['pc'],
    namespaced: false,
    model: 'V1PriorityClass',
    hasGeneration: true,
    columns: [
      nameColumn(),
      integerColumn('Value', (object) => object.value ?? 0),
      booleanColumn('Global-Default', (object) => object.globalDefault ?? false),
      ageColumn(),
      textColumn('PreemptionPolicy', (object) => object.preemptionPolicy ?? ''),
    ],
    setDefaults(object) {
      object.preemptionPolicy ??= 'PreemptLowerPriority';
    },
  },
  {
    validate({ metadata, value, preemptionPolicy }) {
      const errors: FieldError[] = [];
      if (metadata.name?.startsWith('system-')) {
        if (systemClasses[metadata.name] !== value) {
          const reason =
            metadata.name in systemClasses
              ? `value of ${metadata.name} PriorityClass must be ${systemClasses[metadata.name]}`
              : `${metadata.name} is not a known system priority class`;
          const text = `priority class names with 'system-' prefix are reserved for system use only. error: ${reason}`;
          errors.push(forbidden('metadata.name', text));
        }
      } else if ((value ?? 0) > highestForUsers) {
        errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${highestForUsers}`));
      }
      const policies = ['Never', 'PreemptLowerPriority'];
      if (preemptionPolicy && !policies.includes(preemptionPolicy)) {
        errors.push(notSupported('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']));
      }
      return errors;
    },
    validateChange: (object, old) => [
      ...(object.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
      ...validateImmutable(object.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
    ],
  },
);
