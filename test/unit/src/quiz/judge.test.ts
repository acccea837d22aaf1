import { expect, test } from 'vitest';
import { judgeAnswer } from '../../../../src/quiz/judge.ts';

test.each([
  ['the one right choice', [true, false, false], [true, false, false], { right: true, words: 'Right.' }],
  ['a wrong choice', [true, false, false], [false, true, false], { right: false, words: 'Not right.' }],
  ['no choice', [true, false, false], [false, false, false], { right: false, words: 'Not right.' }],
  ['all of several', [true, true, false], [true, true, false], { right: true, words: 'Right.' }],
  ['some of several', [true, true, false], [true, false, false], { right: false, words: 'Not all: 1 of 2 found.' }],
  ['some and a wrong one', [true, true, false], [true, false, true], { right: false, words: 'Partly right: one choice too many.' }],
])('%s', (_name, right, chosen, outcome) => {
  expect(judgeAnswer(right, chosen)).toEqual(outcome);
});
