// Whether an answer to a quiz question is right, and in what words to say it. Pure.

export interface Outcome {
  right: boolean;
  words: string;
}

/** A question with several right choices asks for all of them and no others. */
export function judgeAnswer(right: readonly boolean[], chosen: readonly boolean[]): Outcome {
  const wanted = right.filter(Boolean).length;
  const hits = right.filter((isRight, index) => isRight && chosen[index] === true).length;
  const misses = right.filter((isRight, index) => !isRight && chosen[index] === true).length;
  if (hits === wanted && misses === 0) {
    return { right: true, words: 'Right.' };
  }
  if (wanted > 1 && hits > 0 && misses === 0) {
    return { right: false, words: `Not all: ${hits} of ${wanted} found.` };
  }
  return { right: false, words: wanted > 1 && hits > 0 ? 'Partly right: one choice too many.' : 'Not right.' };
}
