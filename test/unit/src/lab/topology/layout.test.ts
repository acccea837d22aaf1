import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CELL, layOut } from '../../../../../src/lab/topology/layout.ts';
import { aGroup, aPicture, aUnit } from './pictures.ts';

const hosts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `n${index}`, kind: 'Node', name: `node-${index}`, ready: true, note: '' }));

test('whatever runs and however wide the view is, no two units overlap and each stands in its machine and in the picture', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 80 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 240, max: 1400 }),
      (count, machines, groupCount, width) => {
        const groups = Array.from({ length: groupCount }, (_, index) => aGroup({ id: `g${index}`, name: `group-${index}` }));
        const units = Array.from({ length: count }, (_, index) =>
          aUnit(`u${index}`, { group: `g${index % groupCount}`, host: index % 7 === 6 ? null : `n${(index * 5) % machines}` }),
        );
        const layout = layOut(aPicture({ hosts: hosts(machines), groups, units }), width);
        expect(layout.cells).toHaveLength(count);
        const places = new Set(layout.cells.map((cell) => `${cell.x} ${cell.y}`));
        expect(places.size).toBe(count);
        for (const cell of layout.cells) {
          const host = layout.hosts.find((box) => box.id === (cell.unit.host ?? ''));
          expect(host).toBeDefined();
          expect(cell.x).toBeGreaterThanOrEqual(host?.x ?? Infinity);
          expect(cell.x + CELL).toBeLessThanOrEqual((host?.x ?? 0) + (host?.width ?? 0));
          expect(cell.y + CELL).toBeLessThanOrEqual((host?.y ?? 0) + (host?.height ?? 0));
          expect(cell.x + CELL).toBeLessThanOrEqual(layout.width);
          expect(cell.y + CELL).toBeLessThanOrEqual(layout.height);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a line leads from a way in to the group it serves, open while at least one unit gets traffic', () => {
  const entry = { id: 's', kind: 'Service', name: 'front', address: ':80', serves: ['a'], withholds: ['b'], through: [] };
  const picture = aPicture({ groups: [aGroup()], units: [aUnit('a'), aUnit('b')], entries: [entry] });
  expect(layOut(picture, 800).links).toMatchObject([{ id: 's web', open: true }]);
  const shut = aPicture({ ...picture, entries: [{ ...entry, serves: [], withholds: ['a', 'b'] }] });
  expect(layOut(shut, 800).links).toMatchObject([{ open: false }]);
});

test('revisions are written into the cells only while there is more than one', () => {
  const one = layOut(aPicture({ groups: [aGroup()], units: [aUnit('a'), aUnit('b')] }), 800);
  expect(one.cells.map((cell) => cell.mark)).toEqual(['', '']);
  const two = layOut(
    aPicture({ groups: [aGroup()], units: [aUnit('a', { revision: 'web:7', current: false }), aUnit('b', { revision: 'web:8' })] }),
    800,
  );
  expect(two.cells.map((cell) => cell.mark)).toEqual(['7', '8']);
});
