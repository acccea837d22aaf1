// Tags of IAM's resources: their limits, and the three actions that every taggable kind has.
import { operation, type Call, type Operation } from '../service.ts';
import { constraint, constraints, invalidInput } from './errors.ts';
import { markedPage } from './pages.ts';
import type { Tag } from './state.ts';

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const PATTERN = String.raw`Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`;

/** Throws ValidationError or InvalidInput for tags that IAM would not take. */
export function checkTags(tags: readonly Tag[] | undefined): void {
  const given = tags ?? [];
  if (given.length > MOST_TAGS) {
    throw constraints([constraint(String(given.length), 'tags', `Member must have length less than or equal to ${MOST_TAGS}.`)]);
  }
  for (const [index, { Key = '', Value = '' }] of given.entries()) {
    checkKey(Key, `tags.${index + 1}.member.key`);
    if (Value.length > LONGEST_VALUE) {
      const member = `tags.${index + 1}.member.value`;
      throw constraints([constraint(Value, member, `Member must have length less than or equal to ${LONGEST_VALUE}.`)]);
    }
  }
  if (new Set(given.map((tag) => tag.Key?.toLowerCase())).size < given.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
}

function checkKey(key: string, member: string): void {
  if (key.length > LONGEST_KEY) {
    throw constraints([constraint(key, member, `Member must have length less than or equal to ${LONGEST_KEY}.`)]);
  }
  if (key === '' || !CHARACTERS.test(key)) {
    throw constraints([constraint(key, member, PATTERN)]);
  }
}

function checkKeys(keys: readonly string[]): void {
  if (keys.length > MOST_TAGS) {
    throw constraints([constraint(String(keys.length), 'tagKeys', `Member must have length less than or equal to ${MOST_TAGS}.`)]);
  }
  for (const key of keys) {
    checkKey(key, 'tagKeys');
  }
}

/** Tags with keys that differ in case only are one tag; the newer spelling holds. */
function merged(tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map(tags.map((tag) => [tag.Key?.toLowerCase(), tag]));
  for (const tag of added) {
    byKey.set(tag.Key?.toLowerCase(), tag);
  }
  return [...byKey.values()];
}

interface TagInput {
  Tags?: Tag[];
  TagKeys?: string[];
  Marker?: string;
  MaxItems?: number;
}

export interface Taggable {
  /** As in `TagRole`. */
  kind: string;
  /** The member that names the resource: `RoleName`. */
  member: string;
  read: (name: string | undefined, call: Call) => readonly Tag[];
  write: (name: string | undefined, tags: Tag[], call: Call) => void;
}

/** `Tag<Kind>`, `Untag<Kind>` and `List<Kind>Tags`. */
export function tagOperations({ kind, member, read, write }: Taggable): Readonly<Record<string, Operation>> {
  const nameOf = (input: TagInput): string | undefined => (input as Record<string, string | undefined>)[member];
  const define = (handle: (input: TagInput, call: Call) => object): Operation => operation<TagInput, object>({ handle });
  return {
    [`Tag${kind}`]: define((input, call) => {
      checkTags(input.Tags);
      write(nameOf(input), merged(read(nameOf(input), call), input.Tags ?? []), call);
      return {};
    }),
    [`Untag${kind}`]: define((input, call) => {
      checkKeys(input.TagKeys ?? []);
      const gone = new Set(input.TagKeys?.map((key) => key.toLowerCase()));
      const left = read(nameOf(input), call).filter((tag) => !gone.has((tag.Key ?? '').toLowerCase()));
      write(nameOf(input), left, call);
      return {};
    }),
    [`List${kind}Tags`]: define((input, call) => {
      const page = markedPage(read(nameOf(input), call), input);
      return { Tags: page.items, ...page.rest };
    }),
  };
}
