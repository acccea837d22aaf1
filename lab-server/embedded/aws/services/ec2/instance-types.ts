// Instance types that lessons use: virtual CPUs and memory (EC2 user guide, "Instance types").

export interface InstanceType {
  vcpus: number;
  memoryMiB: number;
}

const GIB = 1024;
const SIZES: readonly (readonly [suffix: string, vcpus: number, gib: number])[] = [
  ['nano', 2, 0.5],
  ['micro', 2, 1],
  ['small', 2, 2],
  ['medium', 2, 4],
  ['large', 2, 8],
  ['xlarge', 4, 16],
  ['2xlarge', 8, 32],
];

const BURSTABLE = ['t3', 't3a', 't4g'].flatMap((family) =>
  SIZES.map(([suffix, vcpus, gib]): [string, InstanceType] => [`${family}.${suffix}`, { vcpus, memoryMiB: gib * GIB }]),
);

const TYPES: ReadonlyMap<string, InstanceType> = new Map([
  ...BURSTABLE,
  ['t2.nano', { vcpus: 1, memoryMiB: 0.5 * GIB }],
  ['t2.micro', { vcpus: 1, memoryMiB: GIB }],
  ['t2.small', { vcpus: 1, memoryMiB: 2 * GIB }],
  ['t2.medium', { vcpus: 2, memoryMiB: 4 * GIB }],
  ['t2.large', { vcpus: 2, memoryMiB: 8 * GIB }],
  ['m1.small', { vcpus: 1, memoryMiB: 1740 }],
  ['m5.large', { vcpus: 2, memoryMiB: 8 * GIB }],
  ['m5.xlarge', { vcpus: 4, memoryMiB: 16 * GIB }],
  ['m6i.large', { vcpus: 2, memoryMiB: 8 * GIB }],
  ['c5.large', { vcpus: 2, memoryMiB: 4 * GIB }],
  ['c5.xlarge', { vcpus: 4, memoryMiB: 8 * GIB }],
  ['r5.large', { vcpus: 2, memoryMiB: 16 * GIB }],
]);

export function instanceType(name: string): InstanceType | undefined {
  return TYPES.get(name);
}

export function instanceTypes(): ReadonlyMap<string, InstanceType> {
  return TYPES;
}
