// controllerrevisions: what a stateful set or daemon set was at some time, to go back to.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { validateImmutable, validateNonNegative } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type ControllerRevision = Stored<models.V1ControllerRevision>;

export const controllerrevisions = checkedKind<ControllerRevision>(
  {
    group: 'apps',
    version: 'v1',
    kind: 'ControllerRevision',
    plural: 'controllerrevisions',
    singular: 'controllerrevision',
    namespaced: true,
    model: 'V1ControllerRevision',
    hasGeneration: false,
    columns: [nameColumn(), textColumn('Controller', controllerText), textColumn('Revision', (one) => one.revision ?? 0), ageColumn()],
  },
  {
    validate: (one) => [...validateNonNegative(one.revision, 'revision'), ...(one.data ? [] : [required('data', 'data is mandatory')])],
    validateChange: (one, old) => validateImmutable(one.data, old.data, 'data'),
  },
);

/** `statefulset.apps/web` */
function controllerText({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  if (!owner) {
    return '<none>';
  }
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind}${group}`.toLowerCase() + `/${owner.name}`;
}
