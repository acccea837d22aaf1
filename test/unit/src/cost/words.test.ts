import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { estimate } from '../../../../src/cost/model.ts';
import { MOST, plot, roundStep } from '../../../../src/cost/plot.ts';
import { priceFileSchema, pricesOf } from '../../../../src/cost/prices.ts';
import { START } from '../../../../src/cost/settings.ts';
import { dollars, findings, toCsv } from '../../../../src/cost/words.ts';

const prices = pricesOf(
  priceFileSchema.parse(JSON.parse(readFileSync(new URL('../../../../content/data/prices.json', import.meta.url), 'utf8'))),
);

test('the findings say what the difference is and where the order turns', () => {
  const [now, next] = findings({ ...START, first: 'ecs-fargate', second: 'ecs-ec2' }, prices, MOST);
  expect(now).toBe('With 3, ECS on Fargate, x86 costs $6.68 a month less than ECS on EC2.');
  expect(next).toContain('From 4 on, ECS on EC2 costs less.');
});

test('one way twice is no comparison, and a task that a machine cannot hold is named', () => {
  expect(findings({ ...START, first: 'ecs-ec2', second: 'ecs-ec2' }, prices, MOST)).toEqual(['Choose two different ways to compare them.']);
  expect(findings({ ...START, workload: { ...START.workload, memory: 8 } }, prices, MOST)[0]).toBe(
    'EKS on EC2 cannot hold a task of this size.',
  );
});

test('the CSV holds every line and quotes what has a comma', () => {
  const lines = toCsv(START.workload, estimate(START.workload, prices), 'us-east-1, 2026').split('\r\n');
  expect(lines[0]).toBe('Prices,"us-east-1, 2026"');
  expect(lines).toContain('EKS on EC2,Control plane,73.00');
  expect(lines).toContain('"ECS on Fargate, x86",Total,54.06');
});

test.each([
  [54, 5, 20],
  [100, 5, 20],
  [1081, 5, 500],
  [9, 5, 2],
])('up to %d in at most %d parts, the axis counts in steps of %d', (most, count, step) => {
  expect(roundStep(most, count)).toBe(step);
});

test('the plot has no point outside of it and no figure that is none', () => {
  const svg = plot({ ...START, prices, width: 640, height: 320 });
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(plot({ ...START, workload: { ...START.workload, memory: 16 }, prices, width: 320, height: 320 })).not.toMatch(/NaN|Infinity/);
});

test('dollars have their cents, and what has no price says so', () => {
  expect(dollars(1234.5)).toBe('$1,234.50');
  expect(dollars(Infinity)).toBe('cannot hold it');
});
