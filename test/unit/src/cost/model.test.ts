import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crossings, estimate, fargateSize, machinesFor, totalOf, WAYS, type Workload } from '../../../../src/cost/model.ts';
import { priceFileSchema, pricesOf } from '../../../../src/cost/prices.ts';

const file = priceFileSchema.parse(JSON.parse(readFileSync(new URL('../../../../content/data/prices.json', import.meta.url), 'utf8')));
const prices = pricesOf(file);
const base: Workload = {
  tasks: 3,
  cpu: 0.5,
  memory: 1,
  storage: 20,
  running: 1,
  minMachines: 2,
  headroom: 0.2,
  spotDiscount: 0.5,
  extendedSupport: false,
};
const cents = (value: number): number => Math.round(value * 100) / 100;

test('three tasks of half a vCPU and 1 GB cost what the price list gives by hand', () => {
  expect(cents(totalOf('ecs-fargate', base, prices))).toBe(54.06);
  expect(cents(totalOf('ecs-fargate-arm', base, prices))).toBe(43.25);
  expect(cents(totalOf('ecs-ec2', base, prices))).toBe(60.74);
  expect(cents(totalOf('eks-ec2', base, prices))).toBe(133.74);
  expect(cents(totalOf('ecs-fargate-spot', base, prices))).toBe(27.03);
});

test('a version in extended support costs six times as much for the control plane', () => {
  const extra = totalOf('eks-ec2', { ...base, extendedSupport: true }, prices) - totalOf('eks-ec2', base, prices);
  expect(cents(extra)).toBe(365);
});

test.each([
  [0.25, 0.5, 0.25, 0.5],
  [0.25, 0.6, 0.25, 1],
  [0.25, 1.5, 0.25, 2],
  [0.25, 3, 0.5, 3],
  [0.5, 1.25, 0.5, 2],
  [1, 1, 1, 2],
  [2, 40, 8, 40],
  [16, 120, 16, 120],
])('%d vCPU and %d GB need the Fargate size of %d vCPU and %d GB', (cpu, memory, sizeCpu, sizeMemory) => {
  expect(fargateSize(cpu, memory)).toEqual({ cpu: sizeCpu, memory: sizeMemory });
});

test('what is larger than the largest size, or than a machine, has no price', () => {
  expect(fargateSize(32, 8)).toBeUndefined();
  expect(totalOf('ecs-fargate', { ...base, memory: 200 }, prices)).toBe(Infinity);
  expect(machinesFor({ ...base, memory: 8 })).toBe(Infinity);
});

test('a pod on EKS Fargate pays for the memory that EKS adds', () => {
  const withoutControlPlane = totalOf('eks-fargate', base, prices) - 73;
  expect(withoutControlPlane).toBeGreaterThan(totalOf('ecs-fargate', base, prices));
});

test('tasks that run half of the month cost half on Fargate, and machines as much as before', () => {
  const half = { ...base, running: 0.5 };
  expect(totalOf('ecs-fargate', half, prices)).toBeCloseTo(totalOf('ecs-fargate', base, prices) / 2);
  expect(totalOf('ecs-ec2', half, prices)).toBe(totalOf('ecs-ec2', base, prices));
});

test('Fargate gives way to EC2 where the machines are full enough', () => {
  const [first] = crossings('ecs-fargate', 'ecs-ec2', base, prices, 60);
  expect(first?.cheaper).toBe('ecs-ec2');
  const tasks = first?.tasks ?? 0;
  const at = (count: number) =>
    totalOf('ecs-fargate', { ...base, tasks: count }, prices) - totalOf('ecs-ec2', { ...base, tasks: count }, prices);
  expect(at(tasks)).toBeGreaterThan(0);
  expect(at(tasks - 1)).toBeLessThanOrEqual(0);
});

test('more of anything never costs less, on any way', () => {
  const workload = fc.record({
    tasks: fc.integer({ min: 1, max: 60 }),
    cpu: fc.constantFrom(0.25, 0.5, 1, 2, 4),
    memory: fc.integer({ min: 1, max: 16 }),
    storage: fc.integer({ min: 20, max: 200 }),
    running: fc.double({ min: 0, max: 1, noNaN: true }),
    minMachines: fc.integer({ min: 1, max: 6 }),
    headroom: fc.double({ min: 0, max: 0.5, noNaN: true }),
    spotDiscount: fc.double({ min: 0, max: 0.7, noNaN: true }),
    extendedSupport: fc.boolean(),
  });
  fc.assert(
    fc.property(workload, fc.constantFrom<keyof Workload>('tasks', 'memory', 'storage', 'minMachines'), (one, field) => {
      const more = { ...one, [field]: Number(one[field]) + 1 };
      for (const { id } of WAYS) {
        expect(totalOf(id, more, prices)).toBeGreaterThanOrEqual(totalOf(id, one, prices) - 1e-9);
      }
    }),
  );
});

test('every estimate is the sum of its lines', () => {
  for (const { lines, total } of estimate(base, prices)) {
    expect(total).toBe(lines.reduce((sum, line) => sum + line.amount, 0));
  }
});

test('no price has expired; renew one by reading its source again and moving both dates', () => {
  const today = new Date().toISOString().slice(0, 10);
  const expired = Object.values(file.items).filter((item) => item.expires < today);
  expect(expired.map((item) => item.name)).toEqual([]);
});
