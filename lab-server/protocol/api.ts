// The HTTP API between page and server: requests and answers of /api/labs and /api/progress.
import { z } from 'zod';
import { labStateSchema, stageSchema, verdictSchema } from './stream.ts';

export const slugSchema = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .max(64);

export const createLabSchema = z.strictObject({ exercise: slugSchema });
export type CreateLab = z.infer<typeof createLabSchema>;

/** A lab as the page sees it. Asking for a lab of an exercise that is already open returns that lab. */
export const labSchema = z.object({
  id: z.string(),
  exercise: z.string(),
  state: labStateSchema,
  /** Why it is in this state, as a sentence. */
  reason: z.string().optional(),
  stages: z.array(stageSchema),
  /** Milliseconds since the epoch, server time. */
  serverTime: z.number(),
  expiresAt: z.number(),
  workspace: z.object({ driver: z.string(), isolated: z.boolean() }).optional(),
  sandboxes: z.array(z.object({ platform: z.enum(['kubernetes', 'ecs']), driver: z.string(), fidelity: z.enum(['embedded', 'real']) })),
  verdicts: z.array(verdictSchema),
  score: z.number(),
  outOf: z.number(),
});
export type LabDescription = z.infer<typeof labSchema>;

/** A closed lab: what could not be removed, where it is, and how to remove it. */
export const closedSchema = z.object({ leftovers: z.array(z.object({ what: z.string(), where: z.string(), remedy: z.string() })) });
export type ClosedLab = z.infer<typeof closedSchema>;

/** The solution of an exercise: its commands, and the text of each file that they write. */
export const solutionSchema = z.object({ script: z.string(), files: z.record(z.string(), z.string()) });
export type Solution = z.infer<typeof solutionSchema>;

export const fileListSchema = z.object({
  files: z.array(z.object({ path: z.string(), type: z.enum(['file', 'directory']), size: z.number(), version: z.string() })),
});
export type FileList = z.infer<typeof fileListSchema>;

/** Every answer that is not 2xx has this body. */
export const errorBodySchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export type ErrorBody = z.infer<typeof errorBodySchema>;

export const checkResultSchema = z.object({ verdicts: z.array(verdictSchema), score: z.number(), outOf: z.number() });
export type CheckResult = z.infer<typeof checkResultSchema>;

export const progressSchema = z.object({
  exercises: z.array(
    z.object({ exercise: z.string(), score: z.number(), outOf: z.number(), attempts: z.number(), passedAt: z.number().nullable() }),
  ),
});
export type Progress = z.infer<typeof progressSchema>;
