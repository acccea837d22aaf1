import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromQuery, toQuery } from '../../../../src/decision/address.ts';
import { decide, type Choices, type Question } from '../../../../src/decision/model.ts';
import { decisionFileSchema } from '../../../../src/decision/schema.ts';
import { sensitivityInWords } from '../../../../src/decision/words.ts';

const path = new URL('../../../../content/data/decision.json', import.meta.url);
const real = decisionFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));

const question = (id: string, ...leans: number[]): Question => ({
  id,
  question: `${id}?`,
  weight: 2,
  chapter: 'cost',
  answers: leans.map((lean, index) => ({ id: `a${index}`, text: '', lean, reason: `${id} ${lean}` })),
});
const questions = [question('one', -2, 2), question('two', -1, 1)];

test('without an answer the result is open', () => {
  expect(decide(questions, {})).toMatchObject({ verdict: 'open', answered: 0, reasons: [] });
});

test('answers that lean one way give that result, with the strongest reason first', () => {
  const decision = decide(questions, { one: { answer: 'a1', weight: 1 }, two: { answer: 'a1', weight: 3 } });
  expect(decision.verdict).toBe('kubernetes');
  expect(decision.reasons.map((reason) => reason.text)).toEqual(['two 1', 'one 2']);
});

test('what does not matter does not count', () => {
  const decision = decide(questions, { one: { answer: 'a0', weight: 0 }, two: { answer: 'a1', weight: 1 } });
  expect(decision.verdict).toBe('kubernetes');
  expect(decision.reasons.map((reason) => reason.text)).toEqual(['two 1']);
});

test('the nearest weight that turns the result is named', () => {
  const decision = decide(questions, { one: { answer: 'a0', weight: 1 }, two: { answer: 'a1', weight: 1 } });
  expect(decision.verdict).toBe('rather-ecs');
  expect(decision.sensitivities.map(sensitivityInWords)).toEqual([
    'If “one?” mattered less (not at all instead of a little), the result would be: Kubernetes.',
    'If “two?” mattered more (much instead of a little), the result would be: Either will do.',
  ]);
});

test('an answer that leaves no choice decides against all others', () => {
  const decides = [
    ...questions,
    { ...question('three', 2), answers: [{ id: 'a0', text: '', lean: 2, reason: 'no choice', decides: 'kubernetes' as const }] },
  ];
  const decision = decide(decides, {
    one: { answer: 'a0', weight: 3 },
    two: { answer: 'a0', weight: 3 },
    three: { answer: 'a0', weight: 0 },
  });
  expect(decision).toMatchObject({ verdict: 'kubernetes', decidedBy: { text: 'no choice' }, sensitivities: [] });
});

test('the questions of the guide can lead to both systems, and each leans both ways', () => {
  const extreme = (side: 1 | -1): Choices =>
    Object.fromEntries(
      real.map((one) => [
        one.id,
        { answer: one.answers.filter((a) => !a.decides).toSorted((a, b) => side * (b.lean - a.lean))[0]?.id ?? '', weight: one.weight },
      ]),
    );
  expect(decide(real, extreme(1)).verdict).toBe('kubernetes');
  expect(decide(real, extreme(-1)).verdict).toBe('ecs');
  for (const one of real) {
    const leans = one.answers.map((answer) => Math.sign(answer.lean));
    expect(leans).toEqual(expect.arrayContaining([-1, 1]));
  }
});

test('a link gives back the choices it was made from, and nonsense gives none', () => {
  const anyChoices = fc
    .array(fc.tuple(fc.constantFrom(...real), fc.nat(), fc.integer({ min: 0, max: 3 })))
    .map((picked): Choices =>
      Object.fromEntries(
        picked.map(([one, index, weight]) => [one.id, { answer: one.answers[index % one.answers.length]?.id ?? '', weight }]),
      ),
    );
  fc.assert(
    fc.property(anyChoices, (choices) => {
      expect(fromQuery(toQuery(choices), real)).toEqual(choices);
    }),
  );
  expect(fromQuery('place=moon.2&operators=few.9', real)).toEqual({ operators: { answer: 'few', weight: 3 } });
});

test('whatever is answered, the balance stays within its scale and the result has reasons', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 3 })), { minLength: real.length, maxLength: real.length }),
      (picked) => {
        const choices = Object.fromEntries(
          real.map((one, index) => [
            one.id,
            { answer: one.answers[(picked[index]?.[0] ?? 0) % one.answers.length]?.id ?? '', weight: picked[index]?.[1] ?? 0 },
          ]),
        );
        const { balance, verdict, reasons } = decide(real, choices);
        expect(Math.abs(balance)).toBeLessThanOrEqual(1);
        expect(reasons.length > 0 || verdict === 'even').toBe(true);
      },
    ),
  );
});
