// Results and certificates as they leave the server: the export, Exercism's results format, and what a certificate says.
import { z } from 'zod';
import { slugSchema } from './api.ts';

/** The results format, version 3, of Exercism's test runners (exercism.org/docs/building/tooling/test-runners/interface). */
export const resultsSchema = z.object({
  version: z.literal(3),
  status: z.enum(['pass', 'fail', 'error']),
  message: z.string().nullable(),
  tests: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['pass', 'fail', 'error']),
      message: z.string().nullable(),
      test_code: z.string(),
      task_id: z.number(),
    }),
  ),
});
export type Results = z.infer<typeof resultsSchema>;

export const exportSchema = z.object({
  exportedAt: z.string(),
  exercises: z.array(
    z.object({
      exercise: z.string(),
      title: z.string(),
      score: z.number(),
      outOf: z.number(),
      attempts: z.number(),
      passedAt: z.string().nullable(),
      results: resultsSchema,
    }),
  ),
  certificates: z.array(z.object({ chapter: z.string(), token: z.string() })),
});
export type ProgressExport = z.infer<typeof exportSchema>;

/** What a certificate says. It is signed as it stands. */
export const certificateSchema = z.strictObject({
  version: z.literal(1),
  /** Who signed it: the host name of the server. */
  issuer: z.string(),
  chapter: z.string(),
  chapterTitle: z.string(),
  /** As the holder gave it. */
  name: z.string(),
  issuedAt: z.iso.datetime(),
  exercises: z.array(z.strictObject({ exercise: z.string(), title: z.string(), score: z.number(), outOf: z.number() })),
});
export type Certificate = z.infer<typeof certificateSchema>;

export const askCertificateSchema = z.strictObject({
  chapter: slugSchema,
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    // No control characters and none that turn the direction of writing: the name stands on a page that others trust.
    .regex(/^[^\p{C}]+$/u),
});
export const certificateTokenSchema = z.object({ token: z.string().max(32_768) });
export const certificateListSchema = z.object({
  certificates: z.array(z.object({ chapter: z.string(), token: z.string(), certificate: certificateSchema })),
});
/** `certificate` is absent where the token was not signed by this server. */
export const verifiedSchema = z.object({ valid: z.boolean(), certificate: certificateSchema.optional() });
export type Verified = z.infer<typeof verifiedSchema>;
