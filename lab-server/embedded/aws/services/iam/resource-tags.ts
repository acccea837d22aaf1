// Tags of the resource that a request is about, for the conditions aws:ResourceTag and <service>:ResourceTag.
import { GLOBAL_REGION } from '../../gateway/route.ts';
import type { Tables } from '../../state/tables.ts';
import { ecsTables } from '../ecs/state.ts';
import { definitionKey } from '../ecs/tags.ts';
import { parseArn, scopeKey } from '../scope.ts';
import { iamTables } from './state.ts';

interface AnyTag {
  Key?: string;
  Value?: string;
  key?: string;
  value?: string;
}

/** None for a resource that does not exist, or of a kind whose tags are not looked up. */
export function resourceTags(resource: string, tables: Tables): Record<string, string> {
  const parsed = parseArn(resource);
  const [kind = '', ...rest] = parsed?.resource.split('/') ?? [];
  let tags: readonly AnyTag[] | undefined;
  if (parsed?.service === 'ecs') {
    const ecs = ecsTables(tables);
    const key = scopeKey(parsed, ...rest);
    const [family = '', revision = ''] = rest.join('/').split(':');
    const byKind: Readonly<Record<string, () => { tags?: readonly AnyTag[] } | undefined>> = {
      cluster: () => ecs.clusters.get(key),
      service: () => ecs.services.get(key),
      task: () => ecs.tasks.get(key),
      'container-instance': () => ecs.containerInstances.get(key),
      'task-definition': () => ecs.taskDefinitions.get(definitionKey(parsed, family, Number(revision))),
    };
    tags = byKind[kind]?.()?.tags;
  } else if (parsed?.service === 'iam') {
    const iam = iamTables(tables);
    const key = scopeKey({ account: parsed.account, region: GLOBAL_REGION }, rest.at(-1) ?? '');
    tags = kind === 'role' ? iam.roles.get(key)?.Tags : kind === 'user' ? iam.users.get(key)?.Tags : undefined;
  }
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? tag.key ?? '', tag.Value ?? tag.value ?? '']));
}
