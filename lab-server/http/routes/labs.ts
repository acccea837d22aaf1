// /api/labs: asking for a lab, looking at it, checking, extending, resetting and closing it.
import { checkResultSchema, closedSchema, createLabSchema, labSchema } from '../../protocol/index.ts';
import { ensureLearner } from '../learner.ts';
import { route, type Route } from './route.ts';

export const labRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/labs',
    summary:
      'The learner’s lab of an exercise: the one there is, woken where it sleeps, or a new one. It opens after the answer; the stream tells how.',
    body: createLabSchema,
    answer: labSchema,
    status: 201,
    perMinute: 60,
    async handle({ request, reply, body, labs }) {
      const learner = ensureLearner(request, reply);
      return (await labs.request(learner, body.exercise)).describe();
    },
  }),
  route({
    method: 'GET',
    path: '/api/labs/:id',
    summary: 'The lab as it is',
    answer: labSchema,
    handle: ({ lab }) => lab().describe(),
  }),
  route({
    method: 'DELETE',
    path: '/api/labs/:id',
    summary: 'Ends the lab and removes its files and its sandboxes; the answer lists what could not be removed',
    answer: closedSchema,
    async handle({ lab }) {
      return { leftovers: await lab().close('You closed it.') };
    },
  }),
  route({
    method: 'POST',
    path: '/api/labs/:id/check',
    summary: 'Checks every objective now',
    answer: checkResultSchema,
    perMinute: 60,
    handle: ({ lab }) => lab().check(),
  }),
  route({
    method: 'POST',
    path: '/api/labs/:id/extend',
    summary: 'Moves the lab’s end a whole life away from now',
    answer: labSchema,
    perMinute: 60,
    handle({ lab }) {
      const extended = lab();
      extended.extend();
      return extended.describe();
    },
  }),
  route({
    method: 'POST',
    path: '/api/labs/:id/reset',
    summary: 'Back to the starter files and a fresh sandbox',
    answer: labSchema,
    perMinute: 10,
    async handle({ lab }) {
      const reset = lab();
      await reset.reset();
      return reset.describe();
    },
  }),
];
