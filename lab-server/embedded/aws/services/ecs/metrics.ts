// CPUUtilization and MemoryUtilization of services, from what their containers use, into CloudWatch while tasks run.
import { recordMetric } from '../cloudwatch/record.ts';
import type { AwsContext } from '../service.ts';
import { ecsTables, type Task } from './state.ts';
import { scopeOf } from './tasks/record.ts';
import type { EcsWorld } from './world.ts';

/** Four samples make the datapoint of a minute. */
const SAMPLE_MS = 15_000;
const UNITS_PER_CORE = 1024;
const MIB = 1024 * 1024;

interface Use {
  cpu: number;
  cpuReserved: number;
  memory: number;
  memoryReserved: number;
}

/** Samples until disposed. There is no timer while no task of a service runs. */
export function measureServices(context: AwsContext, world: EcsWorld): Disposable {
  let timer: Disposable | undefined;
  const isMeasured = (task: Task): boolean => task.lastStatus === 'RUNNING' && (task.group?.startsWith('service:') ?? false);
  const sample = (): void => {
    timer = undefined;
    const running = ecsTables(context.tables).tasks.list().filter(isMeasured);
    record(context, world, running);
    if (running.length > 0) {
      timer = context.clock.schedule(SAMPLE_MS, sample);
    }
  };
  const stop = new DisposableStack();
  stop.use(
    world.onTaskChange((task) => {
      if (isMeasured(task)) {
        timer ??= context.clock.schedule(SAMPLE_MS, sample);
      }
    }),
  );
  stop.defer(() => timer?.[Symbol.dispose]());
  return stop;
}

function record(context: AwsContext, world: EcsWorld, tasks: readonly Task[]): void {
  const services = Map.groupBy(tasks, (task) => `${task.clusterArn ?? ''} ${task.group ?? ''}`);
  for (const own of services.values()) {
    const [first] = own;
    const total = own.map((task) => useOf(world, task)).reduce(added, { cpu: 0, cpuReserved: 0, memory: 0, memoryReserved: 0 });
    const dimensions = {
      ClusterName: first?.clusterArn?.split('/').at(-1) ?? '',
      ServiceName: (first?.group ?? '').slice('service:'.length),
    };
    const scope = scopeOf(first?.taskArn ?? '');
    const put = (name: string, used: number, reserved: number): void => {
      if (reserved > 0) {
        recordMetric(context, scope, { namespace: 'AWS/ECS', name, dimensions, value: (used / reserved) * 100, unit: 'Percent' });
      }
    };
    put('CPUUtilization', total.cpu, total.cpuReserved);
    put('MemoryUtilization', total.memory, total.memoryReserved);
  }
}

function useOf(world: EcsWorld, task: Task): Use {
  const { cpuMillicores, memoryBytes } = world.usage(task.taskArn ?? '');
  return {
    cpu: (cpuMillicores / 1000) * UNITS_PER_CORE,
    // Without a reservation a task competes for one core.
    cpuReserved: Number(task.cpu) || UNITS_PER_CORE,
    memory: memoryBytes / MIB,
    memoryReserved: Number(task.memory) || 0,
  };
}

function added(left: Use, right: Use): Use {
  return {
    cpu: left.cpu + right.cpu,
    cpuReserved: left.cpuReserved + right.cpuReserved,
    memory: left.memory + right.memory,
    memoryReserved: left.memoryReserved + right.memoryReserved,
  };
}
