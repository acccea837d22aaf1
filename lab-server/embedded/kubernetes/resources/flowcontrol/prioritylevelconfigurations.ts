// prioritylevelconfigurations: how many requests of one kind the API serves at once.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, notSupported, required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type PriorityLevelConfiguration = Stored<models.V1PriorityLevelConfiguration>;

export const prioritylevelconfigurations = checkedKind<PriorityLevelConfiguration>(
  {
    group: 'flowcontrol.apiserver.k8s.io',
    version: 'v1',
    kind: 'PriorityLevelConfiguration',
    plural: 'prioritylevelconfigurations',
    singular: 'prioritylevelconfiguration',
    namespaced: false,
    model: 'V1PriorityLevelConfiguration',
    subresources: { status: true },
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Type', (level) => level.spec?.type ?? ''),
      textColumn('NominalConcurrencyShares', (level) => level.spec?.limited?.nominalConcurrencyShares ?? '<none>'),
      textColumn('Queues', (level) => queuing(level)?.queues ?? '<none>'),
      textColumn('HandSize', (level) => queuing(level)?.handSize ?? '<none>'),
      textColumn('QueueLengthLimit', (level) => queuing(level)?.queueLengthLimit ?? '<none>'),
      ageColumn(),
    ],
    setDefaults(level) {
      const limited = level.spec?.limited;
      if (limited) {
        limited.nominalConcurrencyShares ??= 30;
        limited.lendablePercent ??= 0;
      }
      const queues = queuing(level);
      if (queues) {
        queues.queues ??= 64;
        queues.handSize ??= 8;
        queues.queueLengthLimit ??= 50;
      }
    },
    prepareForCreate(level) {
      level.status = {};
    },
    prepareForUpdate(level, old) {
      level.status = old.status ?? {};
    },
  },
  {
    validate({ spec }) {
      const errors: FieldError[] = [];
      if (spec?.type === 'Exempt') {
        errors.push(...(spec.limited ? [forbidden('spec.limited', 'must be nil if the type is not Limited')] : []));
      } else if (spec?.type === 'Limited') {
        errors.push(...(spec.limited ? [] : [required('spec.limited', 'must not be empty when type is Limited')]));
      } else {
        errors.push(notSupported('spec.type', spec?.type ?? '', ['Exempt', 'Limited']));
      }
      return errors;
    },
  },
);

function queuing({ spec }: PriorityLevelConfiguration) {
  return spec?.limited?.limitResponse?.queuing;
}
