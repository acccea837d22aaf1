// /api/progress: what the learner has reached so far, for the page and for other programs.
import { DocksideError } from '../../base/index.ts';
import { exportProgress, resultsOf, toCsv } from '../../progress/index.ts';
import { exportSchema, progressSchema, resultsSchema } from '../../protocol/index.ts';
import { learnerOf, requireLearner } from '../learner.ts';
import { route, type Route } from './route.ts';

export const progressRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/progress',
    summary: 'Best score, attempts and time of passing, for each exercise the learner tried',
    answer: progressSchema,
    async handle({ request, store }) {
      const learner = learnerOf(request);
      return { exercises: learner === undefined ? [] : await store.progressOf(learner) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/progress/:exercise/results',
    summary: 'The best attempt at an exercise, in Exercism’s results format, version 3',
    answer: resultsSchema,
    async handle({ request, store, labs, params }) {
      const slug = params.exercise ?? '';
      const exercise = labs.exercises.get(slug);
      if (!exercise) {
        throw new DocksideError('EXERCISE_UNKNOWN', `There is no exercise ${slug}.`, { status: 404 });
      }
      return resultsOf(exercise, await store.bestVerdicts(requireLearner(request), slug));
    },
  }),
  route({
    method: 'GET',
    path: '/api/progress/export.json',
    summary: 'Everything the learner has reached: scores, results in Exercism’s format, certificates',
    answer: exportSchema,
    perMinute: 30,
    handle({ request, reply, store, labs }) {
      void reply.header('content-disposition', 'attachment; filename="dockside-progress.json"');
      return exportProgress(store, labs.exercises, requireLearner(request), Date.now());
    },
  }),
  route({
    method: 'GET',
    path: '/api/progress/export.csv',
    summary: 'The same as a table, one row an objective',
    answer: 'bytes',
    perMinute: 30,
    async handle({ request, reply, store, labs }) {
      const rows = toCsv(await exportProgress(store, labs.exercises, requireLearner(request), Date.now()));
      void reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="dockside-progress.csv"');
      return rows;
    },
  }),
];
