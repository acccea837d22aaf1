// One way to parse what comes over a border: zod, with the failure as a sentence for the person who wrote the input.
import type { z } from 'zod';
import { DocksideError } from './errors.ts';

/**
 * Parses `input` by `schema`. `what` names the input with its place (`exercise content/exercises/x/exercise.yaml`).
 * Throws DocksideError `INPUT_INVALID` (status 400) that lists each field with what is allowed there.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input);
  if (result.success) {
    return result.data;
  }
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new DocksideError('INPUT_INVALID', `${what} is not valid: ${problems.join('; ')}.`, { status: 400, cause: result.error });
}
