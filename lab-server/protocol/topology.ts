// The picture of a sandbox as the page draws it: one shape for both systems. Groups own units, hosts carry them, entries lead to them.
import { z } from 'zod';

const id = z.string();

/** A node, a container instance, or what stands for machines that nobody sees (Fargate). */
export const hostSchema = z.object({
  id,
  kind: z.string(),
  name: z.string(),
  ready: z.boolean(),
  /** What is out of the ordinary: `cordoned`, `draining`. */
  note: z.string(),
});

/** What keeps units running: a Deployment, a StatefulSet, an ECS service; or what stands for units that nobody keeps. */
export const groupSchema = z.object({
  id,
  kind: z.string(),
  name: z.string(),
  /** Namespace or cluster, where it is not the usual one. */
  space: z.string(),
  /** How many units it should have; null where nobody says. */
  wanted: z.number().nullable(),
  ready: z.number(),
  /** What is out of the ordinary, in words. */
  note: z.string(),
});

export const unitStateSchema = z.enum(['waiting', 'starting', 'running', 'ready', 'failing', 'ending', 'done']);
export type UnitState = z.infer<typeof unitStateSchema>;

/** A pod or a task. */
export const unitSchema = z.object({
  id,
  kind: z.enum(['Pod', 'Task']),
  name: z.string(),
  group: id,
  /** Null while it has no place. */
  host: id.nullable(),
  state: unitStateSchema,
  /** The state in the platform's own words: `CrashLoopBackOff`, `PROVISIONING`. */
  words: z.string(),
  /** The version of its recipe. */
  revision: z.string(),
  /** Whether that is the version its group wants. */
  current: z.boolean(),
  restarts: z.number(),
});

/** An address under which units are reached: a Service, an Ingress, a target group, a Service Connect name. */
export const entrySchema = z.object({
  id,
  kind: z.string(),
  name: z.string(),
  address: z.string(),
  /** Units that get its traffic. */
  serves: z.array(id),
  /** Units that belong to it and get none at this moment. */
  withholds: z.array(id),
  /** Other entries that it passes traffic to. */
  through: z.array(id),
});

export const topologySchema = z.object({
  platform: z.enum(['kubernetes', 'ecs']),
  hosts: z.array(hostSchema),
  groups: z.array(groupSchema),
  units: z.array(unitSchema),
  entries: z.array(entrySchema),
  /** Units left out because there are too many. */
  hidden: z.number(),
});

export type Topology = z.infer<typeof topologySchema>;
export type TopologyHost = z.infer<typeof hostSchema>;
export type TopologyGroup = z.infer<typeof groupSchema>;
export type TopologyUnit = z.infer<typeof unitSchema>;
export type TopologyEntry = z.infer<typeof entrySchema>;
