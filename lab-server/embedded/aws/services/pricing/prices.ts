// Prices of what container lessons compare, in US dollars, for us-east-1 and Linux. Dated: a price is a fact of the day it was read.

/** The day on which the prices were read. */
export const READ_ON = '2026-11-24';

/** Per hour of a virtual CPU, or of a GB of memory or storage. */
export const FARGATE = {
  vcpu: 0.04048,
  memory: 0.004445,
  armVcpu: 0.03238,
  armMemory: 0.00356,
  storage: 0.000111,
} as const;

/** Per hour of a cluster. */
export const EKS = { standard: 0.1, extended: 0.6 } as const;

/** Per hour of an external instance. */
export const ECS_ANYWHERE = 0.01025;

/** On demand, per hour of an instance. Sizes of a family double with each step. Only that of t3.medium was read again on READ_ON; the others are of AWS's list as it has long been. */
export const EC2: Readonly<Record<string, number>> = {
  't2.nano': 0.0058,
  't2.small': 0.023,
  't2.medium': 0.0464,
  't2.large': 0.0928,
  't2.micro': 0.0116,
  ...family('t3', 0.0052, ['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge']),
  ...family('t3a', 0.0047, ['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge']),
  ...family('t4g', 0.0042, ['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge']),
  ...family('m5', 0.096, ['large', 'xlarge', '2xlarge']),
  ...family('m6i', 0.096, ['large', 'xlarge', '2xlarge']),
  ...family('c5', 0.085, ['large', 'xlarge', '2xlarge']),
  ...family('r5', 0.126, ['large', 'xlarge', '2xlarge']),
};

function family(name: string, smallest: number, sizes: readonly string[]): Record<string, number> {
  return Object.fromEntries(sizes.map((size, index) => [`${name}.${size}`, Number((smallest * 2 ** index).toFixed(4))]));
}
