// The shape of content/exercises/<slug>/exercise.yaml. Every key's comment is its documentation for authors.
import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-zA-Z0-9]*$/, 'a name that starts with a lower-case letter and holds letters and digits is allowed');
const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single dashes are allowed');
const text = z.string().trim().min(1, 'a text is needed here');
/** A path below the learner's home or the exercise's folder. */
const relativePath = z
  .string()
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0\\]+$/, 'a relative path with forward slashes and without .. is allowed');

/** What to read from a sandbox. With `name` the variable is that one object or null, else the list of objects. */
const kubernetesResourceSchema = z.strictObject({
  platform: z.literal('kubernetes').default('kubernetes'),
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  namespace: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  labelSelector: z.string().min(1).optional(),
});

/** An AWS read operation; the variable is the list of documents it returns. */
const ecsResourceSchema = z.strictObject({
  platform: z.literal('ecs'),
  service: z.string().min(1),
  operation: z.string().min(1),
  input: z.record(z.string(), z.json()).optional(),
});

const resourceSchema = z.union([ecsResourceSchema, kubernetesResourceSchema]);

/** A GET made from inside the lab's network. The variable is null where `when` is false. */
const requestSchema = z.strictObject({
  /** A template: `http://${service.spec.clusterIP}/`. */
  url: text,
  /** CEL: whether to ask at all. */
  when: text.optional(),
  /** Value of the Host header, where it differs from the URL's. */
  host: z.string().optional(),
});

/** The first case whose `when` holds gives the verdict. Texts are templates: `${expression}` is CEL. */
const caseSchema = z.strictObject({
  when: text,
  verdict: z.enum(['passed', 'failed', 'pending']).default('failed'),
  expected: text.optional(),
  found: text.optional(),
  next: text.optional(),
});

const objectiveSchema = z.strictObject({
  id,
  /** What the learner is to reach, in one line. */
  title: text,
  points: z.number().int().min(1).max(100),
  /** From a nudge to nearly the answer. */
  hints: z.array(text).default([]),
  /** Objectives that must have passed before this one is looked at. */
  after: z.array(id).default([]),
  /** Variable name → what it holds. */
  resources: z.record(name, resourceSchema).default({}),
  /** Variable name → file below home. The variable is null or {text, documents} (documents where it parses as YAML or JSON). */
  files: z.record(name, relativePath).default({}),
  requests: z.record(name, requestSchema).default({}),
  /** Names for intermediate values, CEL, in order; each may use those before it. */
  let: z.record(name, text).default({}),
  cases: z.array(caseSchema).min(1),
  /** Seconds for reading the state and making the requests. */
  timeLimit: z.number().min(1).max(60).default(10),
});

const mistakeSchema = z.strictObject({
  /** A file in `mistakes/`, run in a fresh lab like the solution. */
  script: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*\.sh$/, 'the name of a .sh file in mistakes/ is allowed'),
  /** The error somebody makes, in one line. */
  summary: text,
  /** The verdict that it must get: texts are parts that the verdict's texts must hold. */
  verdict: z.strictObject({
    objective: id,
    state: z.enum(['failed', 'pending']).default('failed'),
    expected: text.optional(),
    found: text.optional(),
    next: text.optional(),
  }),
});

export const exerciseSchema = z.strictObject({
  title: text,
  /** The goal, in one or two sentences. */
  goal: text,
  difficulty: z.enum(['beginner', 'intermediate', 'advanced']),
  /** Estimate of the time it takes, in minutes. */
  minutes: z.number().int().min(1).max(240),
  sandboxes: z
    .array(z.enum(['kubernetes', 'ecs']))
    .min(1)
    .max(2),
  objectives: z.array(objectiveSchema).min(1).max(12),
  mistakes: z.array(mistakeSchema).min(2, 'at least two known mistakes are needed'),
  /** Shown after all objectives have passed. */
  explanation: text,
});

export type ExerciseDefinition = z.infer<typeof exerciseSchema>;
export type ObjectiveDefinition = ExerciseDefinition['objectives'][number];
export type CaseDefinition = ObjectiveDefinition['cases'][number];
export type MistakeDefinition = ExerciseDefinition['mistakes'][number];
