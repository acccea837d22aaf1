// The form of lifecycle policies, and ECR's words for what breaks it.
import { z } from 'zod';
import { AwsError } from '../../gateway/errors.ts';

const MEMBER = 'LifecyclePolicyText';

function failure(problem: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `Invalid parameter at '${MEMBER}' failed to satisfy constraint: 'Lifecycle policy validation failure: ${problem}'`,
  );
}

const selection = z.strictObject({
  tagStatus: z.enum(['any', 'tagged', 'untagged']),
  tagPrefixList: z.array(z.string()).optional(),
  tagPatternList: z.array(z.string()).optional(),
  countType: z.enum(['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned']),
  countUnit: z.enum(['days']).optional(),
  countNumber: z.number().int().min(1),
  storageClass: z.string().optional(),
});
const rule = z.strictObject({
  rulePriority: z.number().int().min(1),
  description: z.string().optional(),
  selection,
  action: z.strictObject({ type: z.enum(['expire', 'transition']), targetStorageClass: z.string().optional() }),
});
const policy = z.strictObject({ rules: z.array(rule).min(1) });

/** Throws InvalidParameterException for a text that is no lifecycle policy. */
export function checkLifecyclePolicy(text: string): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw failure('Could not map policyString into LifecyclePolicy.');
  }
  const parsed = policy.safeParse(json);
  if (!parsed.success) {
    throw failure(problemOf(parsed.error.issues[0], json));
  }
  const { rules } = parsed.data;
  if (new Set(rules.map((one) => one.rulePriority)).size < rules.length) {
    throw failure('Rule priorities must be unique.');
  }
  for (const { selection: selected } of rules) {
    const tags = [...(selected.tagPrefixList ?? []), ...(selected.tagPatternList ?? [])];
    if (selected.tagStatus === 'tagged' && tags.length === 0) {
      throw failure('tagPrefixList or tagPatternList is required when tagStatus=TAGGED');
    }
  }
}

/** In the words of the JSON schema validator that ECR uses. */
function problemOf(issue: z.core.$ZodIssue | undefined, json: object): string {
  const path = issue?.path ?? [];
  const at = path.map((part) => `/${String(part)}`).join('');
  const parent = path.slice(0, -1).reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], json);
  const last = String(path.at(-1) ?? '');
  if (typeof parent === 'object' && parent !== null && !Object.hasOwn(parent, last)) {
    return `object has missing required properties (["${last}"])`;
  }
  switch (issue?.code) {
    case 'unrecognized_keys':
      return `object instance has properties which are not allowed by the schema: (${JSON.stringify(issue.keys)})`;
    case 'invalid_value':
      return `instance value (${String(valueAt(json, path))}) not found in enum :(possible values: [${issue.values.map((value) => JSON.stringify(value)).join(', ')}])`;
    case 'too_small':
      return `numeric instance is lower than the required minimum (minimum: ${String(issue.minimum)}, found: ${JSON.stringify(valueAt(json, path))})`;
    default:
      return `instance at ${at === '' ? '/' : at} is not of the required type`;
  }
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], json);
}
