// What makes a pod of a stateful set that pod: its ordinal, its name, its claims.
import type { Pod, PodTemplateSpec } from '../../types.ts';
import { sameValue } from '../../values/same.ts';
import type { PersistentVolumeClaim, StatefulSet } from '../kinds.ts';
import { type NewPod, podFromTemplate } from '../pods/from-template.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The ordinal in a pod's name, `web-3` of the set `web`; undefined when it is not of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name } = pod.metadata;
  const prefix = `${set.metadata.name}-`;
  const ordinal = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^[0-9]+$/.test(ordinal) ? Number(ordinal) : undefined;
}

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The names of the claims of a pod, by the name of their template. */
export function claimNames(set: StatefulSet, ordinal: number): Map<string, string> {
  const templates = set.spec?.volumeClaimTemplates ?? [];
  return new Map(templates.map(({ metadata }) => [metadata?.name ?? '', `${metadata?.name}-${podName(set, ordinal)}`]));
}

/** The pod of an ordinal, by the template of a revision. */
export function newPod(set: StatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): NewPod {
  const name = podName(set, ordinal);
  const pod = podFromTemplate(set, template, name);
  pod.metadata.generateName = `${set.metadata.name}-`;
  pod.metadata.labels = { ...pod.metadata.labels, ...identityLabels(set, ordinal), [REVISION_LABEL]: revision };
  pod.spec.hostname = name;
  if (set.spec?.serviceName) {
    pod.spec.subdomain = set.spec.serviceName;
  }
  const claims = claimNames(set, ordinal);
  if (claims.size > 0) {
    const others = (pod.spec.volumes ?? []).filter((volume) => !claims.has(volume.name));
    const volumes = [...claims].map(([volume, claimName]) => ({ name: volume, persistentVolumeClaim: { claimName } }));
    pod.spec.volumes = [...volumes, ...others];
  }
  return pod;
}

function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [POD_NAME_LABEL]: podName(set, ordinal), [POD_INDEX_LABEL]: String(ordinal) };
}

/** `pod` with the labels of its ordinal restored; undefined when they are right. */
export function withIdentity(set: StatefulSet, ordinal: number, pod: Pod): Pod | undefined {
  const labels = { ...pod.metadata.labels, ...identityLabels(set, ordinal) };
  return sameValue(labels, pod.metadata.labels) ? undefined : { ...pod, metadata: { ...pod.metadata, labels } };
}

/** The claims that a pod of this ordinal needs, ready to be created. */
export function newClaims(set: StatefulSet, ordinal: number) {
  const names = claimNames(set, ordinal);
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      name: names.get(template.metadata?.name ?? ''),
      namespace: set.metadata.namespace,
      labels: { ...template.metadata?.labels, ...set.spec?.selector.matchLabels },
    } as PersistentVolumeClaim['metadata'],
    spec: template.spec,
  }));
}
