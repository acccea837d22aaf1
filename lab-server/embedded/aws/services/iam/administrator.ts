// The lab's own user, as a record that IAM's actions show like any other.
import { accessKeys } from '../../gateway/credentials.ts';
import { GLOBAL_REGION } from '../../gateway/route.ts';
import type { Tables } from '../../state/tables.ts';
import { scopeKey } from '../scope.ts';
import { iamTables, newId } from './state.ts';

/** Puts the user on record, with AdministratorAccess, unless it is there. */
export function keepAdministrator(
  tables: Tables,
  { account, name, createdAt }: { account: string; name: string; createdAt: number },
): void {
  const { users } = iamTables(tables);
  const key = scopeKey({ account, region: GLOBAL_REGION }, name);
  if (users.has(key)) {
    return;
  }
  const Arn = `arn:aws:iam::${account}:user/${name}`;
  const UserId =
    accessKeys(tables)
      .list()
      .find((one) => one.arn === Arn)?.userId ?? newId('AIDA');
  users.put(key, {
    Path: '/',
    UserName: name,
    UserId,
    Arn,
    CreateDate: createdAt,
    attached: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    inline: {},
  });
}
