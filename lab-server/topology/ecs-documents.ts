// The parts of AWS's answers that the picture needs. Everything else is dropped at this border.
import { z } from 'zod';

export const clusterSchema = z.object({ clusterArn: z.string(), clusterName: z.string() });

const connectService = z.object({
  portName: z.string().default(''),
  clientAliases: z.array(z.object({ port: z.number(), dnsName: z.string().default('') })).default([]),
});

export const serviceSchema = z.object({
  serviceArn: z.string(),
  serviceName: z.string(),
  clusterArn: z.string(),
  status: z.string().default('ACTIVE'),
  desiredCount: z.number().default(0),
  taskDefinition: z.string().default(''),
  loadBalancers: z.array(z.object({ targetGroupArn: z.string().default('') })).default([]),
  deployments: z
    .array(
      z.object({
        status: z.string().default(''),
        rolloutState: z.string().default(''),
        rolloutStateReason: z.string().default(''),
        serviceConnectConfiguration: z.object({ services: z.array(connectService).default([]) }).optional(),
      }),
    )
    .default([]),
});
export type EcsService = z.infer<typeof serviceSchema>;

export const taskSchema = z.object({
  taskArn: z.string(),
  clusterArn: z.string(),
  taskDefinitionArn: z.string().default(''),
  group: z.string().default(''),
  lastStatus: z.string().default(''),
  desiredStatus: z.string().default(''),
  healthStatus: z.string().default('UNKNOWN'),
  launchType: z.string().default(''),
  capacityProviderName: z.string().default(''),
  containerInstanceArn: z.string().optional(),
  stopCode: z.string().default(''),
  stoppedReason: z.string().default(''),
  stoppedAt: z.union([z.string(), z.number()]).optional(),
  attachments: z
    .array(z.object({ details: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]) }))
    .default([]),
  containers: z
    .array(
      z.object({
        name: z.string().default(''),
        networkBindings: z.array(z.object({ hostPort: z.number().optional() })).default([]),
      }),
    )
    .default([]),
});
export type EcsTask = z.infer<typeof taskSchema>;

export const instanceSchema = z.object({
  containerInstanceArn: z.string(),
  ec2InstanceId: z.string().default(''),
  status: z.string().default('ACTIVE'),
  agentConnected: z.boolean().default(true),
});
export type EcsInstance = z.infer<typeof instanceSchema>;

export const targetGroupSchema = z.object({
  TargetGroupArn: z.string(),
  TargetGroupName: z.string(),
  LoadBalancerArns: z.array(z.string()).default([]),
});
export const loadBalancerSchema = z.object({ LoadBalancerArn: z.string(), LoadBalancerName: z.string(), DNSName: z.string().default('') });
export const healthSchema = z.object({
  TargetGroupArn: z.string(),
  TargetHealthDescriptions: z
    .array(
      z.object({
        Target: z.object({ Id: z.string(), Port: z.number().optional() }),
        TargetHealth: z.object({ State: z.string().default('') }).default({ State: '' }),
      }),
    )
    .default([]),
});
