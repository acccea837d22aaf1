// Eviction: a deletion that the pod's disruption budgets may refuse.
import type { DeleteOptions } from '../../cluster-client.ts';
import { isJsonObject } from '../decode/json.ts';
import { ApiError, badRequest } from '../errors.ts';
import { parseBody, readBody } from '../http/body.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { deleteObject } from '../objects/delete.ts';
import { existing, updateObject } from '../objects/update.ts';
import type { KubernetesObject, LabelSelector, Pod } from '../../types.ts';
import { cloneJson } from '../decode/json.ts';
import { isoTime, matchesSelector } from '../../values/index.ts';

type Budget = KubernetesObject & {
  spec?: { selector?: LabelSelector; unhealthyPodEvictionPolicy?: string };
  status?: {
    disruptionsAllowed: number;
    currentHealthy: number;
    desiredHealthy: number;
    observedGeneration?: number;
    disruptedPods?: Record<string, string>;
  };
};

const BUDGETS = 'poddisruptionbudgets.policy';

export async function handleEviction(request: ResourceRequest): Promise<Answer> {
  const { core, resource, info, message } = request;
  const { value } = await parseBody(message, await readBody(message), core.schema.model('V1Eviction'));
  const options = isJsonObject(value) && isJsonObject(value.deleteOptions) ? (value.deleteOptions as DeleteOptions) : {};
  const metadata = isJsonObject(value) && isJsonObject(value.metadata) ? value.metadata : {};
  if (metadata.name !== undefined && metadata.name !== info.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const pod = existing(core, resource, info.namespace, info.name).object as Pod;
  const context = writeContext(request);
  // A pod that has ended, or never started, disrupts nothing.
  const { phase } = pod.status ?? {};
  if (phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending' && !pod.metadata.deletionTimestamp) {
    spendBudget(request, pod);
  }
  if (request.query.get('dryRun') !== 'All' && !pod.metadata.deletionTimestamp) {
    markDisrupted(request, pod);
  }
  deleteObject(core, resource, info.namespace, info.name, options, context);
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, isWrite: true };
}

/** Says in the pod's status why it goes, before it goes (https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions). */
function markDisrupted(request: ResourceRequest, pod: Pod): void {
  const { core, resource, info } = request;
  const conditions = pod.status?.conditions ?? [];
  if (conditions.some((condition) => condition.type === 'DisruptionTarget' && condition.status === 'True')) {
    return;
  }
  const condition = {
    type: 'DisruptionTarget',
    status: 'True' as const,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: isoTime(core.clock.now()),
  };
  const next = cloneJson(pod);
  next.status = { ...next.status, conditions: [...conditions.filter(({ type }) => type !== condition.type), condition] } as Pod['status'];
  updateObject(
    core,
    resource,
    info.namespace,
    info.name,
    next,
    { ...writeContext(request), fieldManager: 'kube-apiserver' },
    { subresource: 'status' },
  );
}

/** Takes one disruption out of the pod's budget, or refuses. */
function spendBudget(request: ResourceRequest, pod: Pod): void {
  const { core } = request;
  const { namespace } = pod.metadata;
  const budgets = core.store
    .table(BUDGETS)
    .list(namespace)
    .map((entry) => entry.object as Budget)
    .filter((budget) => matchesSelector(budget.spec?.selector, pod.metadata.labels));
  const [budget] = budgets;
  if (!budget) {
    return;
  }
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const { status } = budget;
  const isReady = pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (
    !isReady &&
    (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
      (status && status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0))
  ) {
    return;
  }
  const name = budget.metadata.name ?? '';
  if (!status || (status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed <= 0) {
    throw refused(
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
      0,
    );
  }
  if (request.query.get('dryRun') === 'All') {
    return;
  }
  const resource = core.registry.find('policy', 'v1', 'poddisruptionbudgets');
  if (resource) {
    const next = cloneJson(budget);
    next.status = {
      ...status,
      disruptionsAllowed: status.disruptionsAllowed - 1,
      disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: isoTime(core.clock.now()) },
    };
    updateObject(
      core,
      resource,
      namespace,
      name,
      next,
      { ...writeContext(request), fieldManager: 'kube-apiserver' },
      { subresource: 'status' },
    );
  }
}

function refused(message: string, retryAfterSeconds: number): ApiError {
  return new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}
