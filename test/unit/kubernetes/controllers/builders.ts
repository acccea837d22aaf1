// Small builders of workload objects for tests.
import type { Deployment } from '../../../../lab-server/embedded/kubernetes/types.ts';

export type DeploymentSpec = NonNullable<Deployment['spec']>;

/** A pod template of one container that carries the label `app: <app>`. */
export function aTemplate(app: string, image = 'nginx:latest', extra: object = {}) {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image }], ...extra } };
}

export function aDeployment({
  name = 'web',
  image = 'nginx:latest',
  ...spec
}: { name?: string; image?: string } & Partial<DeploymentSpec>) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: aTemplate(name, image),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  };
}

export function aService({
  name = 'web',
  selector = { app: name } as Record<string, string> | undefined,
  ...spec
}: Record<string, unknown> & { name?: string; selector?: Record<string, string> }) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      selector,
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      ipFamilies: ['IPv4'],
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      ...spec,
    },
  };
}

export function aStatefulSet({ name = 'db', image = 'redis:7', ...spec }: Record<string, unknown> & { name?: string; image?: string }) {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: aTemplate(name, image),
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

export function aJob({
  name = 'pi',
  restartPolicy = 'Never',
  ...spec
}: Record<string, unknown> & { name?: string; restartPolicy?: string }) {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      selector: { matchLabels: { 'job-name': name } },
      template: { metadata: { labels: { 'job-name': name } }, spec: { containers: [{ name: 'main', image: 'busybox' }], restartPolicy } },
      ...spec,
    },
  };
}

export function aDaemonSet({
  name = 'agent',
  image = 'fluentd:1',
  podSpec = {},
  ...spec
}: Record<string, unknown> & { name?: string; image?: string; podSpec?: object }) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: aTemplate(name, image, podSpec),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

export function aNode(name: string, labels: Record<string, string> = {}, taints: object[] = []) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: taints.length > 0 ? { taints } : {} };
}
