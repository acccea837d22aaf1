// Priority: a pod's priority number comes from its class, or from the class that is everyone's default.
import type * as models from '@kubernetes/client-node';
import type { Pod, Stored } from '../../types.ts';
import type { ApiCore } from '../core.ts';
import { forbidden } from '../errors.ts';
import type { AdmissionPlugin } from './admission.ts';

type PriorityClass = Stored<models.V1PriorityClass>;
const DEFAULT_POLICY = 'PreemptLowerPriority';

export const priority: AdmissionPlugin = {
  name: 'Priority',
  admit({ operation, resource, subresource, name, object, old }, core) {
    if (resource.table !== 'pods' || subresource !== undefined) {
      return;
    }
    const spec = (object as Pod | undefined)?.spec;
    if (!spec) {
      return;
    }
    if (operation === 'UPDATE') {
      // Clients of old versions leave out what they do not know; it never changes.
      const before = (old as Pod).spec;
      spec.priority ??= before?.priority;
      spec.preemptionPolicy ??= before?.preemptionPolicy;
      return;
    }
    const chosen = classOf(core, spec.priorityClassName);
    if (spec.priorityClassName && !chosen) {
      throw forbidden(resource.name, name, `no PriorityClass with name ${spec.priorityClassName} was found`);
    }
    const value = chosen?.value ?? 0;
    if (!spec.priorityClassName && chosen) {
      spec.priorityClassName = chosen.metadata.name;
    }
    if (spec.priority !== undefined && spec.priority !== value) {
      throw forbidden(
        resource.name,
        name,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    spec.priority = value;
    const policy = chosen?.preemptionPolicy ?? DEFAULT_POLICY;
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
      throw forbidden(
        resource.name,
        name,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      );
    }
    spec.preemptionPolicy = policy;
  },
};

function classOf({ store }: ApiCore, name: string | undefined): PriorityClass | undefined {
  const classes = store.table('priorityclasses.scheduling.k8s.io');
  if (name) {
    return classes.get(name)?.object as PriorityClass | undefined;
  }
  // Of several defaults the lowest counts.
  return classes
    .list()
    .map(({ object }) => object as PriorityClass)
    .filter(({ globalDefault }) => globalDefault)
    .toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}
