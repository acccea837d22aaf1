// Task sizes that Fargate has (developer guide, "Task CPU and memory"): CPU units to memory in MiB.

const GIB = 1024;

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => (from + index * step) * GIB);
}

export const FARGATE_SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [0.5 * GIB, 1 * GIB, 2 * GIB]],
  [512, range(1, 4, 1)],
  [1024, range(2, 8, 1)],
  [2048, range(4, 16, 1)],
  [4096, range(8, 30, 1)],
  [8192, range(16, 60, 4)],
  [16384, range(32, 120, 8)],
]);

/** CPU units of `256`, `.25 vCPU`, `1 vcpu`; undefined when it is none of these. */
export function cpuUnits(text: string): number | undefined {
  const match = /^\s*(\d*\.?\d+)\s*(vcpu)?\s*$/i.exec(text);
  if (!match) {
    return undefined;
  }
  const amount = Number(match[1]);
  return match[2] ? Math.round(amount * 1024) : Number.isInteger(amount) ? amount : undefined;
}

/** MiB of `512`, `0.5 GB`, `1gb`; undefined when it is none of these. */
export function memoryMiB(text: string): number | undefined {
  const match = /^\s*(\d*\.?\d+)\s*(gb)?\s*$/i.exec(text);
  if (!match) {
    return undefined;
  }
  const amount = Number(match[1]);
  return match[2] ? Math.round(amount * GIB) : Number.isInteger(amount) ? amount : undefined;
}
