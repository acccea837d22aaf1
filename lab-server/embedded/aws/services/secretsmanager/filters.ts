// Filters of ListSecrets and BatchGetSecretValue (API reference, Filter): prefixes, words, and `!` for what shall not match.
import type * as sdk from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../gateway/errors.ts';
import { invalidParameter, type Secret } from './secret.ts';

type Filter = sdk.Filter;

const KEYS = ['all', 'name', 'tag-key', 'description', 'tag-value'];
const FURTHER_KEYS = ['primary-region', 'owning-service'];

export const invalidToken = (): AwsError => new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.');

export function checkFilters(filters: readonly Filter[]): void {
  for (const [index, { Key, Values }] of filters.entries()) {
    if (Key === undefined) {
      throw invalidParameter('Invalid filter key');
    }
    if (![...KEYS, ...FURTHER_KEYS].includes(Key)) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${Key as string}' at 'filters.${index + 1}.member.key' failed to satisfy constraint: Member must satisfy enum value set: [${KEYS.join(', ')}]`,
      );
    }
    if (!Values?.length) {
      throw invalidParameter(`Invalid filter values for key: ${Key}`);
    }
  }
}

/** All filters must hold; of a filter's values one is enough. */
export function matchesFilters(secret: Secret, filters: readonly Filter[]): boolean {
  return filters.every(({ Key, Values = [] }) =>
    Values.some((value) => (value.startsWith('!') ? !matches(secret, Key, value.slice(1)) : matches(secret, Key, value))),
  );
}

function matches(secret: Secret, key: string | undefined, value: string): boolean {
  const { tags = [] } = secret;
  switch (key) {
    case 'name':
      return secret.name.startsWith(value);
    case 'tag-key':
      return tags.some((tag) => tag.key?.startsWith(value) ?? false);
    case 'tag-value':
      return tags.some((tag) => tag.value?.startsWith(value) ?? false);
    case 'description':
      return hasWords((secret.description ?? '').toLowerCase().split(/\s+/), value.toLowerCase().split(/\s+/));
    case 'primary-region':
      return (secret.primaryRegion ?? (secret.replicas?.length ? secret.arn.split(':')[3] : undefined)) === value;
    case 'owning-service':
      return tags.some((tag) => tag.key === 'aws:secretsmanager:owningService' && tag.value === value);
    default: {
      const texts = [secret.name, secret.description ?? '', ...tags.flatMap((tag) => [tag.key ?? '', tag.value ?? ''])];
      const wanted = wordsOf(value);
      return wanted.length > 0 && texts.some((text) => hasWords(wordsOf(text), wanted));
    }
  }
}

/** Every wanted word begins one of the words. */
function hasWords(words: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((one) => words.some((word) => word.startsWith(one)));
}

/** Words between special characters, and within names in camel case. */
function wordsOf(text: string): string[] {
  return text
    .replaceAll(/([A-Z][a-z])/g, ' $1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
