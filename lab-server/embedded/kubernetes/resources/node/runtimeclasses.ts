// runtimeclasses: which container runtime runs a pod.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalidFor, required } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { dns1123Label } from '../../values/names.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type RuntimeClass = Stored<models.V1RuntimeClass>;

export const runtimeclasses = checkedKind<RuntimeClass>(
  {
    group: 'node.k8s.io',
    version: 'v1',
    kind: 'RuntimeClass',
    plural: 'runtimeclasses',
    singular: 'runtimeclass',
    namespaced: false,
    model: 'V1RuntimeClass',
    hasGeneration: false,
    columns: [nameColumn(), textColumn('Handler', (object) => object.handler ?? ''), ageColumn()],
  },
  {
    validate: ({ handler }) => (handler ? invalidFor('handler', handler, dns1123Label(handler)) : [required('handler')]),
    validateChange: (object, old) => validateImmutable(object.handler, old.handler, 'handler'),
  },
);
