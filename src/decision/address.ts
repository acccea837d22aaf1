// Answers and weights as the query of a link that can be shared: `place=clouds.3`.
import type { Choices, Question } from './model.ts';

export function toQuery(choices: Choices): string {
  const query = new URLSearchParams();
  for (const [question, choice] of Object.entries(choices)) {
    if (choice) {
      query.set(question, `${choice.answer}.${choice.weight}`);
    }
  }
  return query.toString();
}

/** The choices of a link; what does not fit the questions is left out. */
export function fromQuery(text: string, questions: readonly Question[]): Choices {
  const query = new URLSearchParams(text);
  return Object.fromEntries(
    questions.flatMap((question) => {
      const [answer, weight = ''] = (query.get(question.id) ?? '').split('.');
      const known = question.answers.find((candidate) => candidate.id === answer);
      return known ? [[question.id, { answer: known.id, weight: /^[0-3]$/.test(weight) ? Number(weight) : question.weight }]] : [];
    }),
  );
}
