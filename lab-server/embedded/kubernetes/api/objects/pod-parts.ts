// Subresources of pods through which one part of a pod changes that its main resource keeps as it is.
import type { FieldError } from '../../resources/kind.ts';
import { validatePod } from '../../resources/core/pods.ts';
import type { KubernetesObject, Pod } from '../../types.ts';
import { validateEphemeralContainersUpdate, validatePodResize } from '../../validation/pod-updates.ts';

type Containers = NonNullable<Pod['spec']>['containers'];

interface PodPart {
  /** The stored pod with the part taken from what was sent. */
  take(sent: Pod, old: Pod): Pod;
  validate(pod: Pod, old: Pod): FieldError[];
}

const PARTS: Readonly<Record<string, PodPart>> = {
  ephemeralcontainers: {
    take: (sent, old) => withSpec(old, sent, { ephemeralContainers: sent.spec?.ephemeralContainers }),
    validate: (pod, old) => validateEphemeralContainersUpdate(pod, old, validatePod(pod)),
  },
  resize: {
    take: (sent, old) =>
      withSpec(old, sent, {
        containers: resized(sent.spec?.containers, old.spec?.containers ?? []),
        ...(old.spec?.initContainers && { initContainers: resized(sent.spec?.initContainers, old.spec.initContainers) }),
        ...(sent.spec?.resources && { resources: sent.spec.resources }),
      }),
    validate: (pod, old) => validatePodResize(pod, old, validatePod(pod)),
  },
};

/** How a write through this subresource of pods is made and judged; undefined for any other subresource. */
export function podPart(subresource: string):
  | {
      take(sent: KubernetesObject, old: KubernetesObject): KubernetesObject;
      validate(object: KubernetesObject, old: KubernetesObject): FieldError[];
    }
  | undefined {
  const part = PARTS[subresource];
  return (
    part && { take: (sent, old) => part.take(sent as Pod, old as Pod), validate: (object, old) => part.validate(object as Pod, old as Pod) }
  );
}

function withSpec(old: Pod, sent: Pod, changes: Partial<NonNullable<Pod['spec']>>): Pod {
  return {
    ...old,
    metadata: { ...old.metadata, resourceVersion: sent.metadata.resourceVersion },
    spec: { ...old.spec, ...changes } as NonNullable<Pod['spec']>,
  };
}

function resized(sent: Containers | undefined, old: Containers): Containers {
  return old.map((container) => {
    const wanted = sent?.find(({ name }) => name === container.name);
    return wanted
      ? { ...container, resources: wanted.resources, ...(wanted.resizePolicy && { resizePolicy: wanted.resizePolicy }) }
      : container;
  });
}
