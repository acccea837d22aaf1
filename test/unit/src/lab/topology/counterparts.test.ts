import { expect, test } from 'vitest';
import { counterpartsIn } from '../../../../../src/lab/topology/counterparts.ts';
import { aGroup, aPicture, aUnit } from './pictures.ts';

const concepts = [
  { id: 'pod', kubernetes: 'Pod', ecs: 'Task', same: 'A group of containers.', differs: '' },
  { id: 'deployment', kubernetes: 'Deployment', ecs: 'Service', same: 'Keeps a number.', differs: '' },
  { id: 'namespace', kubernetes: 'StatefulSet', ecs: 'No equivalent', same: '', differs: 'Tasks have no names that last.' },
];

test('each kind that the picture shows is named with its counterpart, once', () => {
  const picture = aPicture({ groups: [aGroup(), aGroup({ id: 'db', kind: 'StatefulSet' })], units: [aUnit('a'), aUnit('b')], hosts: [] });
  expect(counterpartsIn(picture, concepts)).toEqual([
    { here: 'Pod', there: 'Task' },
    { here: 'Deployment', there: 'Service' },
    { here: 'StatefulSet', there: 'No equivalent: Tasks have no names that last.' },
  ]);
});

test('from the side of ECS, its service is a Deployment', () => {
  const picture = aPicture({ platform: 'ecs', groups: [aGroup({ kind: 'Service' })], units: [aUnit('a', { kind: 'Task' })], hosts: [] });
  expect(counterpartsIn(picture, concepts)).toEqual([
    { here: 'Task', there: 'Pod' },
    { here: 'Service', there: 'Deployment' },
  ]);
});
