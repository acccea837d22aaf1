// Which ConfigMaps, Secrets and claims a pod refers to, so that a change of one wakes only the pods that use it.
import type { Pod } from '../types.ts';

export type SourceKind = 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';

/** Whether a pod's volumes or environment refer to the object. */
export function refersTo(pod: Pod, kind: SourceKind, namespace: string, name: string): boolean {
  return pod.metadata.namespace === namespace && sourcesOf(pod).has(`${kind}/${name}`);
}

const cache = new WeakMap<object, ReadonlySet<string>>();

function sourcesOf(pod: Pod): ReadonlySet<string> {
  const spec = pod.spec;
  if (!spec) {
    return new Set();
  }
  const known = cache.get(spec);
  if (known) {
    return known;
  }
  const found = new Set<string>();
  const add = (kind: SourceKind, name: string | undefined): void => {
    if (name !== undefined) {
      found.add(`${kind}/${name}`);
    }
  };
  for (const volume of spec.volumes ?? []) {
    add('ConfigMap', volume.configMap?.name);
    add('Secret', volume.secret?.secretName);
    add('PersistentVolumeClaim', volume.persistentVolumeClaim?.claimName);
    for (const source of volume.projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name);
      add('Secret', source.secret?.name);
    }
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    for (const source of container.envFrom ?? []) {
      add('ConfigMap', source.configMapRef?.name);
      add('Secret', source.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name);
      add('Secret', valueFrom?.secretKeyRef?.name);
    }
  }
  cache.set(spec, found);
  return found;
}
