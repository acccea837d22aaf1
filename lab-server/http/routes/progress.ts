// /api/progress: what the learner has reached so far.
import { progressSchema } from '../../protocol/index.ts';
import { learnerOf } from '../learner.ts';
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
];
