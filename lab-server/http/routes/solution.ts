// /api/labs/:id/solution: the exercise's solution, for a learner who has decided to look.
import { solutionFiles } from '../../grading/index.ts';
import { solutionSchema } from '../../protocol/index.ts';
import { route, type Route } from './route.ts';

export const solutionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/labs/:id/solution',
    summary: 'The solution of the lab’s exercise: the commands, and the files as they leave them',
    answer: solutionSchema,
    perMinute: 60,
    handle({ lab }) {
      const { solution } = lab().exercise;
      return { script: solution, files: solutionFiles(solution) };
    },
  }),
];
