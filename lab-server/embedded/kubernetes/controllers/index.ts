// The controllers of the cluster, and how to start them.
import type { Clock } from '../../../base/index.ts';
import type { ClusterClient } from '../cluster-client.ts';
import type { MetricsSource } from './autoscaling/metrics.ts';
import { certificateCleaner } from './certificate-cleaner.ts';
import { certificateSigningController } from './certificate-signing.ts';
import type { Authority } from './certificates/sign-request.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import type { Controller } from './controller.ts';
import { cronJobController } from './cronjob.ts';
import { daemonSetController } from './daemonset.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceMirroringController } from './endpoint-slice-mirroring.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { endpointsController } from './endpoints.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';
import { eventExpiry } from './event-expiry.ts';
import { flowSchemaController } from './flow-schema.ts';
import { garbageCollector } from './garbage-collector.ts';
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler.ts';
import { hostpathProvisioner } from './hostpath-provisioner.ts';
import { hostpathResizer } from './hostpath-resizer.ts';
import { ingressStatusController } from './ingress-status.ts';
import { jobController } from './job.ts';
import { type ControllerLoop, type LoopOptions, runControllers } from './loop.ts';
import { namespaceController } from './namespace.ts';
import { type NodeHeartbeats, nodeLifecycleController } from './node-lifecycle.ts';
import { persistentVolumeController } from './persistent-volume.ts';
import { podGarbageCollector } from './pod-gc.ts';
import { replicaSetController } from './replicaset.ts';
import { replicationControllerController } from './replicationcontroller.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { rootCaPublisher } from './root-ca-publisher.ts';
import { type IssueToken, serviceAccountTokenController } from './service-account-token.ts';
import { serviceAccountController } from './service-account.ts';
import { statefulSetController } from './statefulset.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';
import { validatingAdmissionPolicyStatusController } from './validating-admission-policy-status.ts';
import { claimProtectionController, volumeProtectionController } from './volume-protection.ts';

export type { MetricsSource, PodMetrics } from './autoscaling/metrics.ts';
export type { NodeHeartbeats } from './node-lifecycle.ts';
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
  endpointSliceMirroringController,
  ingressStatusController,
  serviceAccountController,
  namespaceController,
  disruptionController,
  resourceQuotaController,
  taintEvictionController,
  persistentVolumeController,
  hostpathProvisioner,
  hostpathResizer,
  claimProtectionController,
  volumeProtectionController,
  ephemeralVolumeController,
  clusterRoleAggregationController,
  flowSchemaController,
  certificateCleaner,
  validatingAdmissionPolicyStatusController,
];

export interface ControllersOptions {
  client: ClusterClient;
  clock: Clock;
  /** The cluster's certificate authority: pods are told to trust it, and it signs approved requests. */
  authority: Authority;
  /** What pods use, for autoscalers. */
  metrics: MetricsSource;
  /** Which kubelets still report. */
  heartbeats: NodeHeartbeats;
  /** Makes a token for a service account, for Secrets that ask for one. */
  issueToken: IssueToken;
  onError?: LoopOptions['onError'];
}

/** Starts every controller of the cluster; disposing stops them all. */
export function startControllers({
  client,
  clock,
  authority,
  metrics,
  heartbeats,
  issueToken,
  onError,
}: ControllersOptions): ControllerLoop {
  return runControllers({
    client,
    clock,
    controllers: [
      ...controllers,
      rootCaPublisher(authority.certificate),
      garbageCollector(),
      podGarbageCollector(),
      horizontalPodAutoscalerController(metrics),
      nodeLifecycleController(heartbeats),
      eventExpiry(),
      certificateSigningController(authority),
      serviceAccountTokenController(issueToken, authority.certificate),
    ],
    onError,
  });
}
