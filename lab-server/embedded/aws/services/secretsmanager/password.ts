// Random passwords (API reference, GetRandomPassword).
import { randomInt } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../gateway/errors.ts';
import type { Timestamped } from '../service.ts';
import { invalidParameter } from './secret.ts';

const DEFAULT_LENGTH = 32;
const LONGEST = 4096;

/** One of each included type by default, in a random order. */
export function randomPassword(input: Timestamped<sdk.GetRandomPasswordRequest>): { RandomPassword: string } {
  const length = input.PasswordLength ?? DEFAULT_LENGTH;
  if (length > LONGEST) {
    throw new AwsError('InvalidParameterValue', `Password length must be less than or equal to ${LONGEST}.`);
  }
  const excluded = input.ExcludeCharacters ?? '';
  const types = [
    input.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    input.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    input.ExcludeNumbers ? '' : '0123456789',
    input.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  ]
    .map((type) => type.split('').filter((character) => !excluded.includes(character)))
    .filter((type) => type.length > 0);
  if (types.length === 0) {
    throw invalidParameter('The password cannot be generated: every character is excluded.');
  }
  const required = (input.RequireEachIncludedType ?? true) ? types : [];
  if (length < 1 || length < required.length) {
    throw invalidParameter(`Password length is too short based on the required types: at least ${Math.max(1, required.length)}.`);
  }
  const all = [...types.flat(), ...(input.IncludeSpace && !excluded.includes(' ') ? [' '] : [])];
  const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)] ?? '';
  const characters = [...required.map(pick), ...Array.from({ length: length - required.length }, () => pick(all))];
  for (let index = characters.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    [characters[index], characters[other]] = [characters[other] ?? '', characters[index] ?? ''];
  }
  return { RandomPassword: characters.join('') };
}
