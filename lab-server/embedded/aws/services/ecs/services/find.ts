// The service that a request names, by name or ARN.
import { AwsError } from '../../../gateway/errors.ts';
import { parseArn, scopeKey } from '../../scope.ts';
import type { Call } from '../../service.ts';
import { invalidParameter, serviceNotFound } from '../errors.ts';
import { ecsTables, type Cluster, type Service } from '../state.ts';

/** The name in `web` or `arn:…:service/demo/web`. */
export function serviceName(reference: string): string {
  const parsed = parseArn(reference);
  if (parsed && (parsed.service !== 'ecs' || !parsed.resource.startsWith('service/'))) {
    throw invalidParameter(
      `Invalid identifier: Identifier is for ${parsed.resource.split('/')[0] ?? ''}. Your identifier should be for service`,
    );
  }
  return reference.split('/').at(-1) ?? reference;
}

export function findService(reference: string | undefined, cluster: Cluster, call: Call): Service | undefined {
  return ecsTables(call.tables).services.get(scopeKey(call, cluster.clusterName ?? '', serviceName(reference ?? '')));
}

/** The active service that a request names. Throws ServiceNotFoundException or ServiceNotActiveException. */
export function requireService(reference: string | undefined, cluster: Cluster, call: Call): Service {
  const service = findService(reference, cluster, call);
  if (!service) {
    throw serviceNotFound();
  }
  if (service.status !== 'ACTIVE') {
    throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
  }
  return service;
}
