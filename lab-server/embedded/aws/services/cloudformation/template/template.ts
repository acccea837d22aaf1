// Templates: read from JSON or YAML, with the form that CloudFormation asks for (user guide, "Template sections").
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { formatError, validationError } from '../errors.ts';
import { SHORT_FORMS } from './yaml-tags.ts';
import { textOf } from '../text-of.ts';

const MOST_RESOURCES = 500;
const MOST_PARAMETERS = 200;
const MOST_OUTPUTS = 200;
const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Transform',
  'Resources',
  'Outputs',
  'Hooks',
];

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const parameter = z.object({
  Type: z.string(),
  Default: z.union([scalar, z.array(scalar)]).optional(),
  AllowedValues: z.array(scalar).optional(),
  AllowedPattern: z.string().optional(),
  MinLength: z.coerce.number().optional(),
  MaxLength: z.coerce.number().optional(),
  MinValue: z.coerce.number().optional(),
  MaxValue: z.coerce.number().optional(),
  ConstraintDescription: z.string().optional(),
  Description: z.string().optional(),
  NoEcho: z.union([z.boolean(), z.string()]).optional(),
});
const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  Condition: z.string().optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  CreationPolicy: z.looseObject({}).optional(),
  UpdatePolicy: z.looseObject({}).optional(),
  Metadata: z.looseObject({}).optional(),
});
const output = z.looseObject({
  Value: z.unknown(),
  Description: z.string().optional(),
  Export: z.object({ Name: z.unknown() }).optional(),
  Condition: z.string().optional(),
});
const template = z.looseObject({
  AWSTemplateFormatVersion: z.unknown().optional(),
  Description: z.string().optional(),
  Metadata: z.looseObject({}).optional(),
  Parameters: z.record(z.string(), parameter).optional(),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).optional(),
  Conditions: z.record(z.string(), z.unknown()).optional(),
  Transform: z.union([z.string(), z.array(z.unknown()), z.looseObject({})]).optional(),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), output).optional(),
});

export type Template = z.infer<typeof template>;
export type TemplateResource = z.infer<typeof resource>;
export type TemplateParameter = z.infer<typeof parameter>;

const read = new Map<string, Template>();
const MOST_KEPT = 50;

/** Reads a template. Throws ValidationError: "Template format error: …". A text is read once. */
export function parseTemplate(text: string): Template {
  const known = read.get(text);
  if (known) {
    return known;
  }
  const json = text.trimStart().startsWith('{') ? fromJson(text) : fromYaml(text);
  const parsed = checked(json);
  if (read.size >= MOST_KEPT) {
    read.clear();
  }
  read.set(text, parsed);
  return parsed;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // JSON with comments or trailing commas may still be YAML, which CloudFormation tries as well.
    try {
      return fromYaml(text);
    } catch {
      throw formatError('JSON not well-formed.');
    }
  }
}

function fromYaml(text: string): unknown {
  const document = parseDocument(text, {
    customTags: SHORT_FORMS,
    schema: 'core',
    prettyErrors: false,
    logLevel: 'error',
    maxAliasCount: 100,
  } as never);
  const [error] = document.errors;
  if (error) {
    const before = text.slice(0, error.pos[0]).split('\n');
    throw formatError(`YAML not well-formed. (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`);
  }
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

function checked(json: unknown): Template {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw formatError('unsupported structure.');
  }
  const unknown = Object.keys(json).find((section) => !SECTIONS.includes(section));
  if (unknown !== undefined) {
    throw validationError(`Invalid template property or properties [${unknown}]`);
  }
  const version = (json as { AWSTemplateFormatVersion?: unknown }).AWSTemplateFormatVersion;
  if (version !== undefined && textOf(version).slice(0, 10) !== '2010-09-09') {
    throw formatError(`unsupported value for AWSTemplateFormatVersion.`);
  }
  const resources = (json as { Resources?: unknown }).Resources;
  if (typeof resources !== 'object' || resources === null || Object.keys(resources).length === 0) {
    throw formatError('At least one Resources member must be defined.');
  }
  const parsed = template.safeParse(json);
  if (!parsed.success) {
    throw formatError(problemOf(parsed.error.issues[0]));
  }
  checkLimits(parsed.data);
  checkNames(parsed.data);
  return parsed.data;
}

function problemOf(issue: z.core.$ZodIssue | undefined): string {
  const [section, name, member] = (issue?.path ?? []).map(textOf);
  if (section === 'Resources' && member === 'Type') {
    return `[/Resources/${name ?? ''}] Every Resources object must contain a Type member.`;
  }
  if (section === 'Parameters' && member === 'Type') {
    return 'Every Parameters object must contain a Type member.';
  }
  if (section === 'Outputs') {
    return 'Every Outputs member must contain a Value object';
  }
  return `[/${(issue?.path ?? []).map(textOf).join('/')}] has an unsupported structure.`;
}

function checkLimits({ Resources, Parameters = {}, Outputs = {} }: Template): void {
  const over = (what: string, count: number, most: number): void => {
    if (count > most) {
      throw formatError(`Number of ${what}, ${count}, is greater than maximum allowed, ${most}`);
    }
  };
  over('resources', Object.keys(Resources).length, MOST_RESOURCES);
  over('parameters', Object.keys(Parameters).length, MOST_PARAMETERS);
  over('outputs', Object.keys(Outputs).length, MOST_OUTPUTS);
}

function checkNames({ Resources, Parameters = {}, Outputs = {} }: Template): void {
  for (const [section, names] of Object.entries({ Resource: Resources, Parameter: Parameters, Output: Outputs })) {
    const odd = Object.keys(names).find((name) => !/^[A-Za-z0-9]+$/.test(name));
    if (odd !== undefined) {
      throw formatError(`${section} name ${odd} is non alphanumeric.`);
    }
  }
  for (const one of Object.values(Outputs)) {
    if (one['Value'] === undefined || one['Value'] === null) {
      throw formatError('Every Outputs member must contain a Value object');
    }
  }
}
