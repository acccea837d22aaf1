// ipaddresses: cluster addresses in use, and by what.
import type * as models from '@kubernetes/client-node';
import { isIP } from 'node:net';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { validAddress } from '../../validation/addresses.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type IPAddress = Stored<models.V1IPAddress>;

export const ipaddresses = checkedKind<IPAddress>(
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'IPAddress',
    plural: 'ipaddresses',
    singular: 'ipaddress',
    shortNames: ['ip'],
    namespaced: false,
    model: 'V1IPAddress',
    hasGeneration: false,
    columns: [nameColumn(), textColumn('ParentRef', parentText), ageColumn()],
  },
  {
    nameRule: (name) => (isIP(name) === 0 ? [validAddress] : []),
    validate({ spec }) {
      const parent = spec?.parentRef;
      if (!parent) {
        return [required('spec.parentRef')];
      }
      return (['resource', 'name'] as const).filter((field) => !parent[field]).map((field) => required(`spec.parentRef.${field}`));
    },
    validateChange: (address, old) => validateImmutable(address.spec?.parentRef, old.spec?.parentRef, 'spec.parentRef'),
  },
);

/** `services/default/kubernetes` */
function parentText({ spec }: IPAddress): string {
  const { group, resource, namespace, name } = spec?.parentRef ?? {};
  if (!spec?.parentRef) {
    return '<none>';
  }
  return [`${resource ?? ''}${group ? `.${group}` : ''}`.toLowerCase(), namespace, name].filter(Boolean).join('/');
}
