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

/** Families in which memory grows with the virtual CPUs: GiB for each of them, and the sizes that they have. */
const FAMILIES: readonly (readonly [family: string, gibPerCpu: number])[] = [
  ...['m4', 'm5', 'm5a', 'm5d', 'm5n', 'm6a', 'm6i', 'm7a', 'm7i', 'm6g', 'm7g'].map((family) => [family, 4] as const),
  ...['c4', 'c5', 'c5a', 'c5n', 'c6a', 'c6i', 'c7i', 'c6g', 'c7g'].map((family) => [family, 2] as const),
  ...['r4', 'r5', 'r5a', 'r6i', 'r7i', 'r6g', 'r7g'].map((family) => [family, 8] as const),
];
const GROWING: readonly (readonly [suffix: string, vcpus: number])[] = [
  ['large', 2],
  ['xlarge', 4],
  ['2xlarge', 8],
  ['4xlarge', 16],
  ['8xlarge', 32],
  ['12xlarge', 48],
  ['16xlarge', 64],
];

const GENERAL = FAMILIES.flatMap(([family, gib]) =>
  GROWING.map(([suffix, vcpus]): [string, InstanceType] => [`${family}.${suffix}`, { vcpus, memoryMiB: vcpus * gib * GIB }]),
);

const TYPES: ReadonlyMap<string, InstanceType> = new Map([
  ...BURSTABLE,
  ...GENERAL,
  ['t1.micro', { vcpus: 1, memoryMiB: 627 }],
  ['t2.nano', { vcpus: 1, memoryMiB: 0.5 * GIB }],
  ['t2.micro', { vcpus: 1, memoryMiB: GIB }],
  ['t2.small', { vcpus: 1, memoryMiB: 2 * GIB }],
  ['t2.medium', { vcpus: 2, memoryMiB: 4 * GIB }],
  ['t2.large', { vcpus: 2, memoryMiB: 8 * GIB }],
  ['t2.xlarge', { vcpus: 4, memoryMiB: 16 * GIB }],
  ['t2.2xlarge', { vcpus: 8, memoryMiB: 32 * GIB }],
  ['m1.small', { vcpus: 1, memoryMiB: 1740 }],
  ['m1.medium', { vcpus: 1, memoryMiB: 3788 }],
  ['m1.large', { vcpus: 2, memoryMiB: 7680 }],
  ['m1.xlarge', { vcpus: 4, memoryMiB: 15_360 }],
  ['m3.medium', { vcpus: 1, memoryMiB: 3840 }],
  ['m3.large', { vcpus: 2, memoryMiB: 7680 }],
  ['c1.medium', { vcpus: 2, memoryMiB: 1740 }],
  ['c3.large', { vcpus: 2, memoryMiB: 3840 }],
  ['a1.large', { vcpus: 2, memoryMiB: 4 * GIB }],
]);

/** Types with processors of Arm. */
export function isArm(name: string): boolean {
  return /^(a1|[a-z]+\d+g[a-z]*)\./.test(name);
}

export function instanceType(name: string): InstanceType | undefined {
  return TYPES.get(name);
}

export function instanceTypes(): ReadonlyMap<string, InstanceType> {
  return TYPES;
}
