// The shape of content/exercises/<slug>/exercise.yaml. Every key's comment is its documentation for authors.
import { z } from 'zod';
import { AWS_SERVICES } from '../sandboxes/aws-clients.ts';
import { READ_OPERATION } from '../sandboxes/aws-documents.ts';
import { CLUSTER_NEEDS } from '../sandboxes/sandbox.ts';

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
  /** As AWS's endpoints name it: ecs, ec2, elasticloadbalancing, logs… */
  service: z.enum(AWS_SERVICES, { error: `one of ${AWS_SERVICES.join(', ')} is allowed` }),
  /** Where it takes ids and gets none (DescribeServices, DescribeTasks…), all there are are listed first. */
  operation: z.string().regex(READ_OPERATION, 'an operation that only reads (Describe…, List…, Get…) is allowed'),
  input: z.record(z.string(), z.json()).optional(),
});

const resourceSchema = z.union([ecsResourceSchema, kubernetesResourceSchema]);

/** What to remember of a sandbox while the learner works. The variable is the list of states seen, the oldest first. */
const historySchema = kubernetesResourceSchema.omit({ labelSelector: true });

/** A hint that appears by itself when its condition holds and the objective has not passed. */
const reactionSchema = z.strictObject({
  /** CEL over the objective's variables and `attempts`: how often the learner asked for a check in vain. */
  when: text,
  /** A template. */
  hint: text,
});

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
  /** Hints that react to what the learner did; every one whose condition holds is shown. */
  reactions: z.array(reactionSchema).default([]),
  /** Objectives that must have passed before this one is looked at. */
  after: z.array(id).default([]),
  /** Variable name → what it holds. */
  resources: z.record(name, resourceSchema).default({}),
  /** Variable name → object (or objects) whose states are remembered since the lab was opened, for promises about order and time. */
  history: z.record(name, historySchema).default({}),
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
    /** A part of a reaction's hint that must be shown. */
    hint: text.optional(),
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
  /** With an ECS sandbox: whether the learner's AWS keys are set up from the start, or lie in a file (learner_accessKeys.csv) for aws configure. */
  credentials: z.enum(['preset', 'file']).default('preset'),
  /** What it needs of a Kubernetes cluster beyond a namespace in which to work. On a real cluster it is offered only where learners get that. */
  needs: z.array(z.enum(CLUSTER_NEEDS, { error: `one of ${CLUSTER_NEEDS.join(', ')} is allowed` })).default([]),
  objectives: z.array(objectiveSchema).min(1).max(12),
  mistakes: z.array(mistakeSchema).min(2, 'at least two known mistakes are needed'),
  /** Shown after all objectives have passed. */
  explanation: text,
});

export type ExerciseDefinition = z.infer<typeof exerciseSchema>;
export type ObjectiveDefinition = ExerciseDefinition['objectives'][number];
export type CaseDefinition = ObjectiveDefinition['cases'][number];
export type MistakeDefinition = ExerciseDefinition['mistakes'][number];
