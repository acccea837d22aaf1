// What container instances have left, read from the tasks on them; and what a task definition needs.
import type * as sdk from '@aws-sdk/client-ecs';
import type { Timestamped } from '../../service.ts';
import { cpuUnits, memoryMiB } from '../fargate-sizes.ts';
import type { ContainerInstance, Task, TaskDefinition } from '../state.ts';

export type Resource = Timestamped<sdk.Resource>;

export interface Needs {
  cpu: number;
  memory: number;
  tcpPorts: number[];
  udpPorts: number[];
}

/** CPU units, MiB and host ports that a task of this definition takes on an instance. */
export function needsOf(definition: TaskDefinition): Needs {
  const containers = definition.containerDefinitions ?? [];
  const sum = (amount: (container: (typeof containers)[number]) => number): number =>
    containers.reduce((total, container) => total + amount(container), 0);
  const fixed = definition.networkMode === 'awsvpc' ? [] : containers.flatMap((container) => container.portMappings ?? []);
  const ports = (protocol: string): number[] =>
    fixed.filter((mapping) => (mapping.protocol ?? 'tcp') === protocol && mapping.hostPort).map((mapping) => mapping.hostPort ?? 0);
  return {
    cpu: cpuUnits(definition.cpu ?? '') ?? sum((container) => container.cpu ?? 0),
    memory: memoryMiB(definition.memory ?? '') ?? sum((container) => container.memoryReservation ?? container.memory ?? 0),
    tcpPorts: ports('tcp'),
    udpPorts: ports('udp'),
  };
}

export function integerOf(resources: readonly Resource[] | undefined, name: string): number {
  return resources?.find((resource) => resource.name === name)?.integerValue ?? 0;
}

/** Resources of an instance with those of its tasks taken off. Tasks in use: all that have not stopped. */
export function remainingOf(
  instance: ContainerInstance,
  tasks: readonly Task[],
  definitionOf: (task: Task) => TaskDefinition | undefined,
): { cpu: number; memory: number; tcpPorts: Set<number>; udpPorts: Set<number> } {
  const reserved = (name: string): string[] =>
    instance.registeredResources?.find((resource) => resource.name === name)?.stringSetValue ?? [];
  const remaining = {
    cpu: integerOf(instance.registeredResources, 'CPU'),
    memory: integerOf(instance.registeredResources, 'MEMORY'),
    tcpPorts: new Set(reserved('PORTS').map(Number)),
    udpPorts: new Set(reserved('PORTS_UDP').map(Number)),
  };
  for (const task of tasks) {
    const definition = definitionOf(task);
    if (task.containerInstanceArn !== instance.containerInstanceArn || task.lastStatus === 'STOPPED' || !definition) {
      continue;
    }
    const needs = needsOf(definition);
    remaining.cpu -= needs.cpu;
    remaining.memory -= needs.memory;
    needs.tcpPorts.forEach((port) => remaining.tcpPorts.add(port));
    needs.udpPorts.forEach((port) => remaining.udpPorts.add(port));
  }
  return remaining;
}

/** Remaining resources in the form of an answer. */
export function asResources(remaining: ReturnType<typeof remainingOf>): Resource[] {
  const integer = (name: string, value: number): Resource => ({ name, type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: value });
  const set = (name: string, ports: Iterable<number>): Resource => ({
    name,
    type: 'STRINGSET',
    doubleValue: 0,
    longValue: 0,
    integerValue: 0,
    stringSetValue: [...ports].map(String),
  });
  return [
    integer('CPU', remaining.cpu),
    integer('MEMORY', remaining.memory),
    set('PORTS', remaining.tcpPorts),
    set('PORTS_UDP', remaining.udpPorts),
  ];
}

/** Why a task does not fit an instance: ECS's failure reason. */
export function misfit(needs: Needs, remaining: ReturnType<typeof remainingOf>): string | undefined {
  if (needs.cpu > remaining.cpu) {
    return 'RESOURCE:CPU';
  }
  if (needs.memory > remaining.memory) {
    return 'RESOURCE:MEMORY';
  }
  const isTaken =
    needs.tcpPorts.some((port) => remaining.tcpPorts.has(port)) || needs.udpPorts.some((port) => remaining.udpPorts.has(port));
  return isTaken ? 'RESOURCE:PORTS' : undefined;
}
