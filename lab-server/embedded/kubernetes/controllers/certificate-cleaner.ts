// Removes certificate signing requests that were decided an hour ago, or that nobody decided for a day.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Stored } from '../types.ts';
import { parseTime } from '../values/iso-time.ts';
import type { Controller } from './controller.ts';
import { watchSelf } from './keys.ts';
import { ifPresent } from './ownership.ts';

const REQUEST = kindRef<Stored<models.V1CertificateSigningRequest>>('certificates.k8s.io/v1', 'CertificateSigningRequest');
const DECIDED_MS = 3_600_000;
const PENDING_MS = 24 * 3_600_000;

export const certificateCleaner: Controller = {
  name: 'csrcleaner',
  serviceAccount: 'certificate-controller',
  watches: [watchSelf(REQUEST)],
  reconcile(key, { client, clock }) {
    const request = client.get(REQUEST, undefined, key);
    if (!request) {
      return undefined;
    }
    const decisions = request.status?.conditions ?? [];
    const since = Math.max(
      parseTime(request.metadata.creationTimestamp) ?? 0,
      ...decisions.map(({ lastUpdateTime, lastTransitionTime }) => parseTime(lastUpdateTime ?? lastTransitionTime) ?? 0),
    );
    const left = since + (decisions.length > 0 ? DECIDED_MS : PENDING_MS) - clock.now();
    if (left > 0) {
      return { requeueAfterMs: left };
    }
    ifPresent(() => client.delete(REQUEST, undefined, key));
    return undefined;
  },
};
