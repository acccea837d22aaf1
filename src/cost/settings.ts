// What the reader can set: each setting with its range, its words and its key in a link that can be shared.
import { WAYS, type WayId, type Workload } from './model.ts';

type NumberField = Exclude<keyof Workload, 'extendedSupport'>;

export interface Setting {
  field: NumberField;
  key: string;
  label: string;
  help: string;
  /** The positions of the slider. */
  values: readonly number[];
  show(this: void, value: number): string;
}

const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => Math.round((from + index * step) * 1000) / 1000);
const percent = (value: number): string => `${Math.round(value * 100)} %`;

export const SETTINGS: readonly Setting[] = [
  { field: 'tasks', key: 't', label: 'Tasks or pods', help: 'that run at the same time', values: steps(1, 60, 1), show: String },
  { field: 'cpu', key: 'c', label: 'Processor of one', help: '', values: [0.25, 0.5, 1, 2, 4], show: (value) => `${value} vCPU` },
  { field: 'memory', key: 'm', label: 'Memory of one', help: '', values: [0.5, 1, 2, 3, 4, 6, 8, 12, 16], show: (value) => `${value} GB` },
  {
    field: 'storage',
    key: 's',
    label: 'Storage of one',
    help: 'Fargate includes 20 GB',
    values: steps(20, 200, 10),
    show: (value) => `${value} GB`,
  },
  {
    field: 'running',
    key: 'r',
    label: 'Running time',
    help: 'share of the month; machines stay on',
    values: steps(0.05, 1, 0.05),
    show: percent,
  },
  { field: 'minMachines', key: 'n', label: 'Fewest machines', help: 'two, so that one may fail', values: steps(1, 6, 1), show: String },
  {
    field: 'headroom',
    key: 'h',
    label: 'Kept free',
    help: 'of each machine, for its agents and for peaks',
    values: steps(0, 0.5, 0.05),
    show: percent,
  },
  {
    field: 'spotDiscount',
    key: 'd',
    label: 'Spot discount',
    help: 'changes with demand; 70 % at most',
    values: steps(0, 0.7, 0.05),
    show: percent,
  },
];

export interface CalculatorState {
  workload: Workload;
  /** The two ways that the plot compares. */
  first: WayId;
  second: WayId;
}

export const START: CalculatorState = {
  workload: {
    tasks: 3,
    cpu: 0.5,
    memory: 1,
    storage: 20,
    running: 1,
    minMachines: 2,
    headroom: 0.2,
    spotDiscount: 0.5,
    extendedSupport: false,
  },
  first: 'eks-ec2',
  second: 'ecs-fargate',
};

/** The position of the slider that is nearest to a value. */
export function positionOf(setting: Setting, value: number): number {
  const distances = setting.values.map((candidate) => Math.abs(candidate - value));
  return distances.indexOf(Math.min(...distances));
}

/** The state as the query of a link; what is as at the start is left out. */
export function toQuery({ workload, first, second }: CalculatorState): string {
  const query = new URLSearchParams();
  for (const { field, key } of SETTINGS) {
    if (workload[field] !== START.workload[field]) {
      query.set(key, String(workload[field]));
    }
  }
  if (workload.extendedSupport) {
    query.set('x', '1');
  }
  if (first !== START.first) {
    query.set('a', first);
  }
  if (second !== START.second) {
    query.set('b', second);
  }
  return query.toString();
}

/** The state of a link. What is missing or out of range is as at the start, or the nearest that can be set. */
export function fromQuery(text: string): CalculatorState {
  const query = new URLSearchParams(text);
  const workload = { ...START.workload, extendedSupport: query.get('x') === '1' };
  for (const setting of SETTINGS) {
    const asked = query.get(setting.key);
    const value = asked === null || asked.trim() === '' ? Number.NaN : Number(asked);
    if (Number.isFinite(value)) {
      workload[setting.field] = setting.values[positionOf(setting, value)] ?? START.workload[setting.field];
    }
  }
  const way = (key: string, otherwise: WayId): WayId => WAYS.find(({ id }) => id === query.get(key))?.id ?? otherwise;
  return { workload, first: way('a', START.first), second: way('b', START.second) };
}
