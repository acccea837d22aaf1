// What a workload costs a month on each way to run it. Pure: figures in, figures out; the prices come from content/data/prices.json.
import type { Prices } from './prices.ts';

export interface Workload {
  /** Tasks, or pods, that run at the same time. */
  tasks: number;
  /** Of one task: vCPU, GB of memory, GB of storage. */
  cpu: number;
  memory: number;
  storage: number;
  /** Share of the month during which the tasks run, 0 to 1. Machines are paid for all of it. */
  running: number;
  /** Fewest machines, so that one may fail. */
  minMachines: number;
  /** Share of a machine that is kept free for the system, its agents and peaks, 0 to 1. */
  headroom: number;
  /** What Fargate Spot takes off, 0 to 1. */
  spotDiscount: number;
  /** Whether the cluster's Kubernetes version is in extended support. */
  extendedSupport: boolean;
}

export type Platform = 'kubernetes' | 'ecs';
export type WayId =
  | 'eks-ec2'
  | 'eks-fargate'
  | 'eks-auto'
  | 'ecs-ec2'
  | 'ecs-fargate'
  | 'ecs-fargate-arm'
  | 'ecs-fargate-spot'
  | 'ecs-managed'
  | 'ecs-anywhere';

export interface Line {
  name: string;
  /** Dollars a month. */
  amount: number;
}

export interface Estimate {
  id: WayId;
  platform: Platform;
  name: string;
  lines: Line[];
  /** Dollars a month. */
  total: number;
}

export const WAYS: readonly { id: WayId; platform: Platform; name: string }[] = [
  { id: 'eks-ec2', platform: 'kubernetes', name: 'EKS on EC2' },
  { id: 'eks-auto', platform: 'kubernetes', name: 'EKS Auto Mode' },
  { id: 'eks-fargate', platform: 'kubernetes', name: 'EKS on Fargate' },
  { id: 'ecs-ec2', platform: 'ecs', name: 'ECS on EC2' },
  { id: 'ecs-managed', platform: 'ecs', name: 'ECS Managed Instances' },
  { id: 'ecs-fargate', platform: 'ecs', name: 'ECS on Fargate, x86' },
  { id: 'ecs-fargate-arm', platform: 'ecs', name: 'ECS on Fargate, ARM' },
  { id: 'ecs-fargate-spot', platform: 'ecs', name: 'ECS on Fargate Spot' },
  { id: 'ecs-anywhere', platform: 'ecs', name: 'ECS Anywhere' },
];

/** A t3.medium. */
const MACHINE = { cpu: 2, memory: 4 };
/** Storage of a task that Fargate does not bill, in GB. */
const FREE_STORAGE = 20;
/** Memory that EKS adds to each pod on Fargate for the kubelet and its companions, in GB. */
const EKS_FARGATE_OVERHEAD = 0.25;

/** Fargate's sizes: for each vCPU count the memory from, to, and in which steps. Below 1 GB there is one size of 0.5 GB. */
const FARGATE_SIZES: readonly { cpu: number; from: number; to: number; step: number }[] = [
  { cpu: 0.25, from: 0.5, to: 2, step: 1 },
  { cpu: 0.5, from: 1, to: 4, step: 1 },
  { cpu: 1, from: 2, to: 8, step: 1 },
  { cpu: 2, from: 4, to: 16, step: 1 },
  { cpu: 4, from: 8, to: 30, step: 1 },
  { cpu: 8, from: 16, to: 60, step: 4 },
  { cpu: 16, from: 32, to: 120, step: 8 },
];

/** The smallest Fargate size that holds this much; undefined where none does. */
export function fargateSize(cpu: number, memory: number): { cpu: number; memory: number } | undefined {
  for (const size of FARGATE_SIZES) {
    if (size.cpu < cpu || size.to < memory) {
      continue;
    }
    if (memory <= size.from) {
      return { cpu: size.cpu, memory: size.from };
    }
    // 0.25 vCPU comes with 0.5, 1 or 2 GB: from 0.5 the next step is 1.
    const start = size.from < 1 ? 1 : size.from;
    return { cpu: size.cpu, memory: memory <= start ? start : start + Math.ceil((memory - start) / size.step) * size.step };
  }
  return undefined;
}

/** How many machines hold the workload: by processor or by memory, whichever asks for more. */
export function machinesFor({ tasks, cpu, memory, headroom, minMachines }: Workload): number {
  const usable = 1 - headroom;
  // A task never spans machines.
  const perMachine = Math.floor(Math.min((MACHINE.cpu * usable) / cpu, (MACHINE.memory * usable) / memory) + 1e-9);
  return perMachine === 0 ? Infinity : Math.max(minMachines, Math.ceil(tasks / perMachine));
}

function fargateLines(workload: Workload, prices: Prices, kind: 'x86' | 'arm', overhead = 0): Line[] {
  const size = fargateSize(workload.cpu, workload.memory + overhead);
  if (!size) {
    return [{ name: 'No Fargate size holds this task', amount: Infinity }];
  }
  const hours = prices.hoursPerMonth * workload.running * workload.tasks;
  const [cpuPrice, memoryPrice] =
    kind === 'x86' ? [prices.fargateX86Cpu, prices.fargateX86Memory] : [prices.fargateArmCpu, prices.fargateArmMemory];
  const lines = [
    { name: `Processor, ${workload.tasks} × ${size.cpu} vCPU`, amount: hours * size.cpu * cpuPrice },
    { name: `Memory, ${workload.tasks} × ${size.memory} GB`, amount: hours * size.memory * memoryPrice },
  ];
  const storage = Math.max(0, workload.storage - FREE_STORAGE);
  return storage === 0 ? lines : [...lines, { name: `Storage above ${FREE_STORAGE} GB`, amount: hours * storage * prices.fargateStorage }];
}

function machineLines(workload: Workload, prices: Prices): { machines: number; line: Line } {
  const machines = machinesFor(workload);
  const name = Number.isFinite(machines) ? `${machines} × t3.medium` : 'No t3.medium holds this task';
  return { machines, line: { name, amount: machines * prices.ec2T3Medium * prices.hoursPerMonth } };
}

function linesOf(id: WayId, workload: Workload, prices: Prices): Line[] {
  const hours = prices.hoursPerMonth;
  const controlPlane = workload.extendedSupport
    ? { name: 'Control plane, extended support', amount: prices.eksExtendedSupport * hours }
    : { name: 'Control plane', amount: prices.eksControlPlane * hours };
  switch (id) {
    case 'eks-ec2':
      return [controlPlane, machineLines(workload, prices).line];
    case 'eks-auto': {
      const { line } = machineLines(workload, prices);
      return [controlPlane, line, { name: 'Auto Mode', amount: line.amount * prices.eksAutoModeRate }];
    }
    case 'eks-fargate':
      return [controlPlane, ...fargateLines(workload, prices, 'x86', EKS_FARGATE_OVERHEAD)];
    case 'ecs-ec2':
      return [machineLines(workload, prices).line];
    case 'ecs-managed': {
      const { line } = machineLines(workload, prices);
      return [line, { name: 'Managed Instances', amount: line.amount * prices.managedInstancesRate }];
    }
    case 'ecs-fargate':
      return fargateLines(workload, prices, 'x86');
    case 'ecs-fargate-arm':
      return fargateLines(workload, prices, 'arm');
    case 'ecs-fargate-spot':
      return fargateLines(workload, prices, 'x86').map(({ name, amount }) => ({ name, amount: amount * (1 - workload.spotDiscount) }));
    case 'ecs-anywhere': {
      const machines = machinesFor(workload);
      const name = Number.isFinite(machines) ? `${machines} × your own machine, registered` : 'No such machine holds this task';
      return [{ name, amount: machines * prices.ecsAnywhere * hours }];
    }
  }
}

/** The cost of every way, in the order of `WAYS`. A way that cannot hold the workload costs Infinity. */
export function estimate(workload: Workload, prices: Prices): Estimate[] {
  return WAYS.map((way) => {
    const lines = linesOf(way.id, workload, prices);
    return { ...way, lines, total: lines.reduce((sum, line) => sum + line.amount, 0) };
  });
}

export function totalOf(id: WayId, workload: Workload, prices: Prices): number {
  return linesOf(id, workload, prices).reduce((sum, line) => sum + line.amount, 0);
}

export interface Crossing {
  /** From this number of tasks on … */
  tasks: number;
  /** … this way costs less than the other. */
  cheaper: WayId;
}

/** Where one of two ways begins to cost less than the other and keeps to it for a while, from 1 to `most` tasks. */
export function crossings(a: WayId, b: WayId, workload: Workload, prices: Prices, most: number): Crossing[] {
  const found: Crossing[] = [];
  let before: WayId | undefined;
  for (let tasks = 1; tasks <= most; tasks += 1) {
    const difference = totalOf(a, { ...workload, tasks }, prices) - totalOf(b, { ...workload, tasks }, prices);
    const cheaper = Math.abs(difference) < 0.005 || Number.isNaN(difference) ? before : difference < 0 ? a : b;
    if (before !== undefined && cheaper !== undefined && cheaper !== before) {
      found.push({ tasks, cheaper });
    }
    before = cheaper;
  }
  return found;
}
