import { expect, test } from 'vitest';
import { resultsOf, toCsv } from '../../../lab-server/progress/index.ts';
import type { ProgressExport } from '../../../lab-server/protocol/index.ts';
import { anExercise } from '../../builders/exercise.ts';

test('a passed objective is a test that passes, without a message', () => {
  expect(resultsOf(anExercise(), [{ objective: 'three', state: 'passed' }])).toMatchObject({
    version: 3,
    status: 'pass',
    message: null,
    tests: [{ name: 'Three replicas', status: 'pass', message: null, task_id: 1 }],
  });
});

test('a failed one says what was expected, what was found and what to do', () => {
  const verdict = { objective: 'three', state: 'failed', expected: '3 replicas', found: '2 replicas', next: 'Scale it.' };
  expect(resultsOf(anExercise(), [verdict])).toMatchObject({
    status: 'fail',
    tests: [{ status: 'fail', message: 'Found: 2 replicas. Scale it.', test_code: '3 replicas' }],
  });
});

test('a check that could not run is an error, not a failure', () => {
  expect(resultsOf(anExercise(), [{ objective: 'three', state: 'error', found: 'it took too long' }]).status).toBe('error');
});

test('an exercise that was never tried has failed tests that say so', () => {
  expect(resultsOf(anExercise(), undefined).tests).toMatchObject([{ status: 'fail', message: 'Not reached yet.' }]);
});

test('no cell of the CSV is a formula, and commas stay within their cell', () => {
  const results = resultsOf(anExercise(), [{ objective: 'three', state: 'failed', found: 'a, b', next: '"Do."' }]);
  const exported: ProgressExport = {
    exportedAt: '',
    exercises: [{ exercise: 'one', title: '=cmd()', score: 0, outOf: 3, attempts: 1, passedAt: null, results }],
    certificates: [],
  };
  expect(toCsv(exported).split('\r\n')[1]).toBe(`one,'=cmd(),0,3,1,,Three replicas,fail,"Found: a, b. ""Do."""`);
});
