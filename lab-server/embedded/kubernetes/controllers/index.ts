// The controllers of the cluster, and how to start them.
import type { Clock } from '../../../base/index.ts';
import type { ClusterClient } from '../cluster-client.ts';
import type { Controller } from './controller.ts';
import { cronJobController } from './cronjob.ts';
import { daemonSetController } from './daemonset.ts';
import { deploymentController } from './deployment.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { endpointsController } from './endpoints.ts';
import { garbageCollector } from './garbage-collector.ts';
import { jobController } from './job.ts';
import { type ControllerLoop, type LoopOptions, runControllers } from './loop.ts';
import type { MetricsSource } from './autoscaling/metrics.ts';
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler.ts';
import { namespaceController } from './namespace.ts';
import { podGarbageCollector } from './pod-gc.ts';
import { replicaSetController } from './replicaset.ts';
import { replicationControllerController } from './replicationcontroller.ts';
import { rootCaPublisher } from './root-ca-publisher.ts';
import { serviceAccountController } from './service-account.ts';
import { statefulSetController } from './statefulset.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';

export type { MetricsSource, PodMetrics } from './autoscaling/metrics.ts';
export type { Controller, ControllerContext, ReconcileResult, Watch } from './controller.ts';
export { type ControllerLoop, type LoopOptions, runControllers } from './loop.ts';

/** The controllers that hold no state of their own. */
export const controllers: readonly Controller[] = [
  deploymentController,
  replicaSetController,
  replicationControllerController,
  statefulSetController,
  daemonSetController,
  jobController,
  cronJobController,
  ttlAfterFinishedController,
  endpointSliceController,
  endpointsController,
  serviceAccountController,
  namespaceController,
];

export interface ControllersOptions {
  client: ClusterClient;
  clock: Clock;
  /** The cluster's CA certificate as PEM, for the ConfigMap kube-root-ca.crt of every namespace. */
  rootCertificate: string;
  /** What pods use, for autoscalers. */
  metrics: MetricsSource;
  onError?: LoopOptions['onError'];
}

/** Starts every controller of the cluster; disposing stops them all. */
export function startControllers({ client, clock, rootCertificate, metrics, onError }: ControllersOptions): ControllerLoop {
  return runControllers({
    client,
    clock,
    controllers: [
      ...controllers,
      rootCaPublisher(rootCertificate),
      garbageCollector(),
      podGarbageCollector(),
      horizontalPodAutoscalerController(metrics),
    ],
    onError,
  });
}
