// The columns of both kinds of role binding.
import type { KubernetesObject } from '../../types.ts';
import type { RoleRef, Subject } from '../../validation/rbac.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Column } from '../kind.ts';

type Binding = KubernetesObject & { roleRef?: RoleRef; subjects?: Subject[] };

export function bindingColumns<T extends Binding>(): Column<T>[] {
  const ofKind = (binding: T, kind: string) => (binding.subjects ?? []).filter((subject) => subject.kind === kind);
  return [
    nameColumn(),
    textColumn<T>('Role', ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`),
    ageColumn(),
    textColumn<T>(
      'Users',
      (binding) =>
        ofKind(binding, 'User')
          .map(({ name }) => name)
          .join(', '),
      { wide: true },
    ),
    textColumn<T>(
      'Groups',
      (binding) =>
        ofKind(binding, 'Group')
          .map(({ name }) => name)
          .join(', '),
      { wide: true },
    ),
    textColumn<T>('ServiceAccounts', (binding) => ofKind(binding, 'ServiceAccount').map(accountText).join(', '), { wide: true }),
  ];
}

function accountText({ namespace, name }: Subject): string {
  return namespace ? `${namespace}/${name}` : name;
}
