// Tags as ECS and its like have them: a list of `{ key, value }` with the limits of AWS.
import { AwsError } from '../gateway/errors.ts';

export interface Tag {
  key?: string;
  value?: string;
}

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

/** Throws InvalidParameterException for tags that AWS would not take. */
export function checkTags(tags: readonly Tag[] | undefined): void {
  if ((tags?.length ?? 0) > MAX_TAGS) {
    throw new AwsError('InvalidParameterException', `Too many tags; the maximum is ${MAX_TAGS}.`);
  }
  const seen = new Set<string>();
  for (const { key = '', value = '' } of tags ?? []) {
    if (key === '' || key.length > MAX_KEY || value.length > MAX_VALUE) {
      throw new AwsError('InvalidParameterException', `Tag key has 1 to ${MAX_KEY} characters, value at most ${MAX_VALUE}.`);
    }
    if (key.toLowerCase().startsWith('aws:')) {
      throw new AwsError('InvalidParameterException', 'Tag keys that begin with aws: are reserved for AWS.');
    }
    if (seen.has(key)) {
      throw new AwsError('InvalidParameterException', `Duplicate tag key ${key}.`);
    }
    seen.add(key);
  }
}

/** `tags` with `added` put in place of those with the same keys. */
export function mergeTags(tags: readonly Tag[] | undefined, added: readonly Tag[]): Tag[] {
  const merged = new Map((tags ?? []).map((tag) => [tag.key ?? '', tag]));
  for (const tag of added) {
    merged.set(tag.key ?? '', { key: tag.key ?? '', value: tag.value ?? '' });
  }
  return [...merged.values()];
}

export function withoutTags(tags: readonly Tag[] | undefined, keys: readonly string[]): Tag[] {
  return (tags ?? []).filter((tag) => !keys.includes(tag.key ?? ''));
}
