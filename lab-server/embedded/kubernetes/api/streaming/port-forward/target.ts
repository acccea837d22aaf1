// Where a port-forward leads.
import { createHash } from 'node:crypto';
import { ApiError, badRequest } from '../../errors.ts';
import { kubeletOf, podOf } from '../container-choice.ts';
import type { StreamingHost, StreamingTarget } from '../host.ts';
import type { ForwardTarget } from './forward.ts';

/** Throws ApiError when the pod does not exist or does not run. */
export function forwardTargetOf(host: StreamingHost, target: StreamingTarget): ForwardTarget {
  const pod = podOf(host, target);
  const kubelet = kubeletOf(host, pod);
  const { uid } = pod.metadata;
  const endpoint = kubelet?.endpoint(uid);
  if (!endpoint) {
    throw new ApiError(
      500,
      'InternalError',
      `Internal error occurred: unable to upgrade connection: pod not found ("${target.pod}_${target.namespace}")`,
    );
  }
  return { endpoint, podUid: uid, sandboxId: createHash('sha256').update(uid).digest('hex') };
}

/** The ports of a request in channel form. Throws ApiError BadRequest. */
export function portsOf(query: URLSearchParams): number[] {
  const ports = query
    .getAll('ports')
    .flatMap((text) => text.split(','))
    .map(Number);
  if (ports.length === 0) {
    throw badRequest('query parameter "port" is required');
  }
  const wrong = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (wrong !== undefined) {
    throw badRequest(`port "${wrong}" must be between 1 and 65535, inclusive`);
  }
  return ports;
}
