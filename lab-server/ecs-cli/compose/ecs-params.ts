// ecs-params.yml: what a Compose file has no words for (network mode, task size, roles, subnets, placement).
import type { NetworkConfiguration, PlacementConstraint, PlacementStrategy } from '@aws-sdk/client-ecs';
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { checkSource, readSource } from './source.ts';

const DEFAULT_FILE = 'ecs-params.yml';

const text = z.union([z.string(), z.number()], 'must be a string or a number').transform(String);
const strings = z.array(z.string(), 'must be a list of strings');
const secret = z.strictObject({ value_from: z.string(), name: z.string() });
const service = z.strictObject({
  essential: z.boolean('must be true or false').optional(),
  cpu_shares: z.coerce.number().optional(),
  mem_limit: text.optional(),
  mem_reservation: text.optional(),
  gpu: text.optional(),
  init_process_enabled: z.boolean().optional(),
  depends_on: z
    .array(z.strictObject({ container_name: z.string(), condition: z.enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY']) }))
    .optional(),
  repository_credentials: z.strictObject({ credentials_parameter: z.string() }).optional(),
  secrets: z.array(secret).optional(),
  healthcheck: z
    .strictObject({
      test: z.union([z.string(), strings]).optional(),
      interval: text.optional(),
      timeout: text.optional(),
      retries: z.coerce.number().optional(),
      start_period: text.optional(),
    })
    .optional(),
});

export const ecsParamsSchema = z.strictObject(
  {
    version: text.optional(),
    task_definition: z
      .strictObject({
        ecs_network_mode: z.enum(['bridge', 'host', 'awsvpc', 'none'], 'must be bridge, host, awsvpc or none').optional(),
        task_role_arn: z.string().optional(),
        task_execution_role: z.string().optional(),
        task_size: z.strictObject({ cpu_limit: text.optional(), mem_limit: text.optional() }).optional(),
        pid_mode: z.enum(['host', 'task'], 'must be host or task').optional(),
        ipc_mode: z.enum(['host', 'task', 'none'], 'must be host, task or none').optional(),
        services: z.record(z.string(), service).optional(),
        placement_constraints: z
          .array(z.strictObject({ type: z.literal('memberOf', 'must be memberOf'), expression: z.string() }))
          .optional(),
      })
      .optional(),
    run_params: z
      .strictObject({
        network_configuration: z
          .strictObject({
            awsvpc_configuration: z.strictObject({
              subnets: strings,
              security_groups: strings.optional(),
              assign_public_ip: z.enum(['ENABLED', 'DISABLED'], 'must be ENABLED or DISABLED').optional(),
            }),
          })
          .optional(),
        task_placement: z
          .strictObject({
            strategy: z.array(z.strictObject({ type: z.enum(['random', 'spread', 'binpack']), field: z.string().optional() })).optional(),
            constraints: z
              .array(z.strictObject({ type: z.enum(['distinctInstance', 'memberOf']), expression: z.string().optional() }))
              .optional(),
          })
          .optional(),
      })
      .optional(),
  },
  'must be a map with version, task_definition and run_params',
);

export type EcsParams = z.output<typeof ecsParamsSchema>;

/** The file named, or ecs-params.yml in the working folder where there is one. */
export function readEcsParams(file: string | undefined): EcsParams {
  if (file === undefined && !existsSync(DEFAULT_FILE)) {
    return {};
  }
  return checkSource(readSource(file ?? DEFAULT_FILE), ecsParamsSchema);
}

export interface Placement {
  networkConfiguration?: NetworkConfiguration;
  placementStrategy?: PlacementStrategy[];
  placementConstraints?: PlacementConstraint[];
}

/** What of it belongs to running, and not to the task definition. */
export function placementOf({ run_params: run }: EcsParams): Placement {
  const vpc = run?.network_configuration?.awsvpc_configuration;
  return {
    ...(vpc
      ? {
          networkConfiguration: {
            awsvpcConfiguration: { subnets: vpc.subnets, securityGroups: vpc.security_groups, assignPublicIp: vpc.assign_public_ip },
          },
        }
      : {}),
    ...(run?.task_placement?.strategy ? { placementStrategy: run.task_placement.strategy } : {}),
    ...(run?.task_placement?.constraints ? { placementConstraints: run.task_placement.constraints } : {}),
  };
}
