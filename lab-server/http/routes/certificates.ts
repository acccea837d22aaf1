// /api/certificates: a signed statement that the learner passed every exercise of a chapter, and the way to verify one.
import { DocksideError } from '../../base/index.ts';
import { CertificateSigner, type Chapter } from '../../progress/index.ts';
import {
  askCertificateSchema,
  type Certificate,
  certificateListSchema,
  certificateTokenSchema,
  verifiedSchema,
} from '../../protocol/index.ts';
import { learnerOf, requireLearner } from '../learner.ts';
import { route, type Route } from './route.ts';

export function certificateRoutes(chapters: readonly Chapter[]): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/certificates',
      summary: 'A certificate for a chapter whose exercises the learner has all passed',
      body: askCertificateSchema,
      answer: certificateTokenSchema,
      status: 201,
      perMinute: 10,
      async handle({ request, body, store, labs }) {
        const learner = requireLearner(request);
        const chapter = chapters.find(({ id }) => id === body.chapter);
        if (!chapter) {
          throw new DocksideError('CHAPTER_UNKNOWN', `There is no chapter ${body.chapter} with exercises.`, { status: 404 });
        }
        const progress = new Map((await store.progressOf(learner)).map((row) => [row.exercise, row]));
        const missing = chapter.exercises.filter((slug) => (progress.get(slug)?.passedAt ?? null) === null);
        const titleOf = (slug: string): string => labs.exercises.get(slug)?.definition.title ?? slug;
        if (missing.length > 0) {
          throw new DocksideError('CHAPTER_UNFINISHED', `These exercises are still to pass: ${missing.map(titleOf).join(', ')}.`, {
            status: 409,
          });
        }
        const now = Date.now();
        const certificate: Certificate = {
          version: 1,
          issuer: request.host,
          chapter: chapter.id,
          chapterTitle: chapter.title,
          name: body.name,
          issuedAt: new Date(now).toISOString(),
          exercises: chapter.exercises.map((slug) => ({
            exercise: slug,
            title: titleOf(slug),
            score: progress.get(slug)?.score ?? 0,
            outOf: progress.get(slug)?.outOf ?? 0,
          })),
        };
        const token = (await CertificateSigner.of(store)).sign(certificate);
        await store.keepCertificate({ learnerId: learner, chapter: chapter.id, issuedAt: now, token });
        return { token };
      },
    }),
    route({
      method: 'GET',
      path: '/api/certificates',
      summary: 'The certificates that the learner has',
      answer: certificateListSchema,
      async handle({ request, store }) {
        const learner = learnerOf(request);
        const signer = await CertificateSigner.of(store);
        const stored = learner === undefined ? [] : await store.certificatesOf(learner);
        return {
          certificates: stored.flatMap(({ chapter, token }) => {
            const { certificate } = signer.verify(token);
            return certificate ? [{ chapter, token, certificate }] : [];
          }),
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/certificates/verify',
      summary: 'Whether this server signed a certificate, and what it says',
      body: certificateTokenSchema,
      answer: verifiedSchema,
      perMinute: 60,
      async handle({ body, store }) {
        return (await CertificateSigner.of(store)).verify(body.token.trim());
      },
    }),
  ];
}
