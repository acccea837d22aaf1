// Deletes finished jobs when their ttlSecondsAfterFinished have passed.
import { parseTime } from '../values/iso-time.ts';
import type { Controller } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { JOB } from './kinds.ts';
import { ifPresent } from './ownership.ts';

export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  watches: [watchSelf(JOB)],
  reconcile(key, { client, clock }) {
    const job = objectOf(client, JOB, key);
    const ttlSeconds = job?.spec?.ttlSecondsAfterFinished;
    const ended = job?.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
    const endedAt = parseTime(ended?.lastTransitionTime);
    if (!job || job.metadata.deletionTimestamp || ttlSeconds === undefined || endedAt === undefined) {
      return undefined;
    }
    const left = endedAt + ttlSeconds * 1000 - clock.now();
    if (left > 0) {
      return { requeueAfterMs: left };
    }
    const { namespace, name, uid } = job.metadata;
    ifPresent(() => client.delete(JOB, namespace, name, { propagationPolicy: 'Foreground', preconditions: { uid } }));
    return undefined;
  },
};
