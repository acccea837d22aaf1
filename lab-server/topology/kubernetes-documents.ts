// The parts of Kubernetes objects that the picture needs. Everything else is dropped at this border.
import { z } from 'zod';

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string().default(''),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: z
    .array(z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().default(false) }))
    .default([]),
});
export type Metadata = z.infer<typeof metadata>;

const conditions = z.array(z.object({ type: z.string(), status: z.string(), reason: z.string().default('') })).default([]);

export const nodeSchema = z.object({
  metadata,
  spec: z.object({ unschedulable: z.boolean().default(false) }).default({ unschedulable: false }),
  status: z.object({ conditions }).default({ conditions: [] }),
});

const containerStatus = z.object({
  restartCount: z.number().default(0),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default('') }).optional(),
      terminated: z.object({ reason: z.string().default(''), exitCode: z.number().default(0) }).optional(),
    })
    .default({}),
});

export const podSchema = z.object({
  metadata,
  spec: z.object({ nodeName: z.string().optional() }).default({}),
  status: z
    .object({
      phase: z.string().default('Pending'),
      reason: z.string().default(''),
      podIP: z.string().default(''),
      conditions,
      containerStatuses: z.array(containerStatus).default([]),
      initContainerStatuses: z.array(containerStatus).default([]),
    })
    .default({ phase: 'Pending', reason: '', podIP: '', conditions: [], containerStatuses: [], initContainerStatuses: [] }),
});
export type Pod = z.infer<typeof podSchema>;

/** Deployment, ReplicaSet, StatefulSet, DaemonSet and Job, as far as they are alike. */
export const ownerSchema = z.object({
  kind: z.string().default(''),
  metadata,
  spec: z
    .object({ replicas: z.number().optional(), completions: z.number().nullish(), paused: z.boolean().default(false) })
    .default({ paused: false }),
  status: z
    .object({
      desiredNumberScheduled: z.number().optional(),
      updateRevision: z.string().optional(),
      conditions,
    })
    .default({ conditions: [] }),
});
export type Owner = z.infer<typeof ownerSchema>;

export const serviceSchema = z.object({
  metadata,
  spec: z.object({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().default(''),
    externalName: z.string().default(''),
    ports: z.array(z.object({ port: z.number() })).default([]),
  }),
  status: z
    .object({
      loadBalancer: z
        .object({ ingress: z.array(z.object({ ip: z.string().optional(), hostname: z.string().optional() })).default([]) })
        .default({ ingress: [] }),
    })
    .default({ loadBalancer: { ingress: [] } }),
});

export const sliceSchema = z.object({
  metadata,
  endpoints: z
    .array(
      z.object({
        conditions: z.object({ ready: z.boolean().nullish() }).default({}),
        targetRef: z.object({ uid: z.string().default(''), kind: z.string().default('') }).optional(),
      }),
    )
    .nullish()
    .transform((endpoints) => endpoints ?? []),
});

const backend = z.object({ service: z.object({ name: z.string() }).optional() });
export const ingressSchema = z.object({
  metadata,
  spec: z
    .object({
      defaultBackend: backend.optional(),
      rules: z
        .array(z.object({ host: z.string().default(''), http: z.object({ paths: z.array(z.object({ backend })).default([]) }).optional() }))
        .default([]),
    })
    .default({ rules: [] }),
});
