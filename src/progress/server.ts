// The learner's progress and certificates as the pages ask for them. A site without a lab server has none, and says so.
import {
  certificateListSchema,
  certificateTokenSchema,
  errorBodySchema,
  progressSchema,
  verifiedSchema,
  type Progress,
  type Verified,
} from '../../lab-server/protocol/index.ts';
import type { z } from 'zod';

/** Why the server did not do it, as a sentence for the reader. */
export class Refused extends Error {}

const NO_SERVER =
  'This site is served without a lab server, so it keeps no progress. Run Dockside on your own machine to get one: npm start.';

async function ask<Schema extends z.ZodType>(schema: Schema, path: string, body?: unknown): Promise<z.infer<Schema>> {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refused('The lab server does not answer. Check that it runs, then reload the page.');
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const refusal = errorBodySchema.safeParse(answer);
    throw new Refused(refusal.success ? refusal.data.error.message : NO_SERVER);
  }
  const parsed = schema.safeParse(answer);
  if (!parsed.success) {
    throw new Refused(NO_SERVER);
  }
  return parsed.data;
}

export async function readProgress(): Promise<Map<string, Progress['exercises'][number]>> {
  const { exercises } = await ask(progressSchema, '/api/progress');
  return new Map(exercises.map((one) => [one.exercise, one]));
}

export async function readCertificates(): Promise<z.infer<typeof certificateListSchema>['certificates']> {
  return (await ask(certificateListSchema, '/api/certificates')).certificates;
}

/** Returns the signed certificate. Throws Refused with the exercises that are still to pass. */
export async function askForCertificate(chapter: string, name: string): Promise<string> {
  return (await ask(certificateTokenSchema, '/api/certificates', { chapter, name })).token;
}

export function verifyCertificate(token: string): Promise<Verified> {
  return ask(verifiedSchema, '/api/certificates/verify', { token });
}
