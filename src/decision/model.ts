// The decision tool's arithmetic: answers lean to one side or the other, weights say how much each matters. Pure.

export type Side = 'kubernetes' | 'ecs';

export interface Answer {
  id: string;
  text: string;
  /** From -2 (ECS) to 2 (Kubernetes). */
  lean: number;
  /** Why it leans there, as a sentence. */
  reason: string;
  /** Leaves no choice, whatever else is answered. */
  decides?: Side;
}

export interface Question {
  id: string;
  question: string;
  /** How much it matters unless the reader says otherwise, 0 to 3. */
  weight: number;
  chapter: string;
  answers: readonly Answer[];
}

/** The id of the chosen answer and the weight, by question. Questions without an answer do not count. */
export type Choices = Readonly<Record<string, { answer: string; weight: number } | undefined>>;

export type Verdict = 'open' | 'kubernetes' | 'rather-kubernetes' | 'even' | 'rather-ecs' | 'ecs';

export interface Reason {
  question: string;
  chapter: string;
  text: string;
  side: Side | 'neither';
  /** Weight times lean, without its sign. */
  strength: number;
}

export interface Sensitivity {
  question: string;
  /** The weight at which the result leans the other way or stands even. */
  weight: number;
  from: number;
  result: Verdict;
}

export interface Decision {
  verdict: Verdict;
  /** From -1 (ECS) to 1 (Kubernetes). */
  balance: number;
  answered: number;
  /** The answer that left no choice. */
  decidedBy?: Reason;
  reasons: Reason[];
  sensitivities: Sensitivity[];
}

export const WEIGHT_NAMES = ['not at all', 'a little', 'much', 'very much'];
const MOST_LEAN = 2;
/** Closer to the middle than this is even; farther than the second is clear. */
const EVEN = 0.1;
const CLEAR = 0.4;

function balanceOf(questions: readonly Question[], choices: Choices): { balance: number; answered: number } {
  let sum = 0;
  let most = 0;
  let answered = 0;
  for (const question of questions) {
    const choice = choices[question.id];
    const answer = choice && question.answers.find((candidate) => candidate.id === choice.answer);
    if (choice && answer) {
      answered += 1;
      sum += answer.lean * choice.weight;
      most += MOST_LEAN * choice.weight;
    }
  }
  return { balance: most === 0 ? 0 : sum / most, answered };
}

function verdictOf(balance: number): Verdict {
  const side = balance > 0 ? 'kubernetes' : 'ecs';
  if (Math.abs(balance) < EVEN) {
    return 'even';
  }
  return Math.abs(balance) >= CLEAR ? side : `rather-${side}`;
}

/** Which way a verdict points. */
function sideOf(verdict: Verdict): Side | 'neither' {
  return verdict.endsWith('kubernetes') ? 'kubernetes' : verdict.endsWith('ecs') ? 'ecs' : 'neither';
}

export function decide(questions: readonly Question[], choices: Choices): Decision {
  const { balance, answered } = balanceOf(questions, choices);
  const reasons = questions.flatMap((question): (Reason & { decides?: Side })[] => {
    const choice = choices[question.id];
    const answer = choice && question.answers.find((candidate) => candidate.id === choice.answer);
    return choice && answer
      ? [
          {
            question: question.question,
            chapter: question.chapter,
            text: answer.reason,
            side: answer.lean > 0 ? 'kubernetes' : answer.lean < 0 ? 'ecs' : 'neither',
            strength: Math.abs(answer.lean) * choice.weight,
            decides: answer.decides,
          },
        ]
      : [];
  });
  const sorted = reasons.filter((reason) => reason.strength > 0 || reason.decides).toSorted((a, b) => b.strength - a.strength);
  const decidedBy = reasons.find((reason) => reason.decides !== undefined);
  if (decidedBy?.decides) {
    return {
      verdict: decidedBy.decides,
      balance: decidedBy.decides === 'ecs' ? -1 : 1,
      answered,
      decidedBy,
      reasons: sorted,
      sensitivities: [],
    };
  }
  if (answered === 0) {
    return { verdict: 'open', balance: 0, answered, reasons: [], sensitivities: [] };
  }
  const verdict = verdictOf(balance);
  return { verdict, balance, answered, reasons: sorted, sensitivities: sensitivitiesOf(questions, choices, verdict) };
}

/** For each answered question the nearest weight that turns the result to the other side or to even. */
function sensitivitiesOf(questions: readonly Question[], choices: Choices, verdict: Verdict): Sensitivity[] {
  return questions.flatMap((question) => {
    const choice = choices[question.id];
    if (!choice) {
      return [];
    }
    const weights = [0, 1, 2, 3].filter((weight) => weight !== choice.weight);
    const nearest = weights
      .map((weight) => ({ weight, result: verdictOf(balanceOf(questions, { ...choices, [question.id]: { ...choice, weight } }).balance) }))
      .filter(({ result }) => sideOf(result) !== sideOf(verdict))
      .toSorted((a, b) => Math.abs(a.weight - choice.weight) - Math.abs(b.weight - choice.weight))[0];
    return nearest ? [{ question: question.question, from: choice.weight, ...nearest }] : [];
  });
}
