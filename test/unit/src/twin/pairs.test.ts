import { expect, test } from 'vitest';
import { conceptOf, counterpartInWords, pairSteps, stepOf, type Concept } from '../../../../src/twin/pairs.ts';

const objective = (id: string, resources: Parameters<typeof stepOf>[0]['resources']) => stepOf({ id, title: id, resources });
const concept = (kubernetes: string, ecs: string, same = 'the same'): Concept => ({
  id: kubernetes,
  kubernetes,
  ecs,
  same,
  differs: 'ECS parts teams by account.',
});

test('a step belongs to the system that it looks at; one that looks at both or at none belongs to neither', () => {
  expect(objective('a', { pod: { platform: 'kubernetes', kind: 'Pod' } })).toMatchObject({ platform: 'kubernetes', kinds: ['Pod'] });
  expect(objective('b', { pod: { kind: 'Pod' } }).platform).toBe('kubernetes');
  expect(objective('c', { tasks: { platform: 'ecs' } }).platform).toBe('ecs');
  expect(objective('d', {}).platform).toBeUndefined();
  expect(objective('e', { pod: { kind: 'Pod' }, tasks: { platform: 'ecs' } }).platform).toBeUndefined();
});

test('steps are paired in their order, and a longer side goes on alone', () => {
  const steps = [
    objective('k1', { p: { kind: 'Pod' } }),
    objective('e1', { t: { platform: 'ecs' } }),
    objective('e2', { t: { platform: 'ecs' } }),
    objective('n', {}),
  ];
  expect(pairSteps(steps).map((pair) => [pair.kubernetes?.id, pair.ecs?.id])).toEqual([
    ['k1', 'e1'],
    [undefined, 'e2'],
  ]);
});

test('a kind is found in the name of its concept, and its counterpart said or denied with the reason', () => {
  const concepts = [
    concept('Pod template', 'Task definition'),
    concept('Pod', 'Task'),
    concept('Secret, ConfigMap', 'Secrets Manager'),
    concept('Namespace', 'No equivalent', ''),
  ];
  expect(conceptOf('Pod', concepts)?.ecs).toBe('Task');
  expect(conceptOf('ConfigMap', concepts)?.ecs).toBe('Secrets Manager');
  expect(conceptOf('Lease', concepts)).toBeUndefined();
  expect(counterpartInWords(concept('Pod', 'Task'))).toBe('Task');
  expect(counterpartInWords(concept('Namespace', 'No equivalent', ''))).toBe('No equivalent: ECS parts teams by account.');
});
