// Tags in the requests that create something: `--tag-specifications ResourceType=vpc,Tags=[…]`.
import { invalidValue } from './errors.ts';
import type { Tag } from './state.ts';

interface Specification {
  ResourceType?: string;
  Tags?: Tag[];
}

/** The tags that a request gives to a resource of `type`. Throws when it names another type. */
export function tagsFor(type: string, specifications: readonly Specification[] | undefined): Tag[] {
  return (specifications ?? []).flatMap(({ ResourceType, Tags }) => {
    if (ResourceType !== type) {
      throw invalidValue(`'${ResourceType ?? ''}' is not a valid taggable resource type for this operation.`);
    }
    return (Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
  });
}
