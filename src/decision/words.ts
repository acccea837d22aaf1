// What the decision tool says: the result, and what would change it.
import { WEIGHT_NAMES, type Sensitivity, type Verdict } from './model.ts';

export const VERDICT_WORDS: Record<Verdict, string> = {
  open: 'Answer a question, and the result begins to lean.',
  kubernetes: 'Kubernetes',
  'rather-kubernetes': 'Rather Kubernetes',
  even: 'Either will do',
  'rather-ecs': 'Rather Amazon ECS',
  ecs: 'Amazon ECS',
};

/** "If “Where must it run?” mattered less (a little instead of much), the result would be: Either will do." */
export function sensitivityInWords({ question, from, weight, result }: Sensitivity): string {
  const direction = weight < from ? 'less' : 'more';
  return `If “${question}” mattered ${direction} (${WEIGHT_NAMES[weight]} instead of ${WEIGHT_NAMES[from]}), the result would be: ${VERDICT_WORDS[result]}.`;
}
