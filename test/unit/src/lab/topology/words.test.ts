import { expect, test } from 'vitest';
import { describe, newsBetween } from '../../../../../src/lab/topology/words.ts';
import { aGroup, aPicture, aUnit } from './pictures.ts';

test('the words name every group with its count, every unit with its place, and every way in', () => {
  const picture = aPicture({
    groups: [aGroup({ ready: 1, wanted: 2, note: 'ProgressDeadlineExceeded' })],
    units: [aUnit('web-1'), aUnit('web-2', { state: 'failing', words: 'CrashLoopBackOff', restarts: 3 })],
    entries: [{ id: 's', kind: 'Service', name: 'front', address: '10.96.0.9:80', serves: ['web-1'], withholds: ['web-2'], through: [] }],
  });
  expect(describe(picture)).toEqual([
    {
      title: 'Deployment web: 1 of 2 ready. ProgressDeadlineExceeded.',
      lines: ['web-1: ready (Running) on minikube, revision 1.', 'web-2: failing (CrashLoopBackOff) on minikube, revision 1, 3 restarts.'],
    },
    { title: 'Ways in', lines: ['Service front, 10.96.0.9:80: serves 1 pod, withholds traffic from 1 pod.'] },
    { title: 'Machines', lines: ['Node minikube: ready, 2 pods.'] },
  ]);
});

test('a way in that leads nowhere says so', () => {
  const picture = aPicture({ entries: [{ id: 's', kind: 'Service', name: 'front', address: '', serves: [], withholds: [], through: [] }] });
  expect(describe(picture)).toContainEqual({ title: 'Ways in', lines: ['Service front: leads to nothing.'] });
});

test('an update says how far it is', () => {
  const picture = aPicture({ groups: [aGroup()], units: [aUnit('a', { current: false }), aUnit('b', { revision: '2' })] });
  expect(describe(picture)[0]?.title).toContain('Update: 1 of 3 new, 1 old');
});

test('the news is a sentence for each group that changed, and silence else', () => {
  const before = aPicture({ groups: [aGroup({ ready: 1 })], units: [aUnit('a')] });
  expect(newsBetween(before, before)).toEqual([]);
  const after = aPicture({ groups: [aGroup({ ready: 0 })], units: [aUnit('a', { state: 'failing', words: 'ImagePullBackOff' })] });
  expect(newsBetween(before, after)).toEqual(['web: 0 of 3 ready.', 'web: ImagePullBackOff.']);
  expect(newsBetween(after, aPicture({}))).toEqual(['web is gone.']);
});
