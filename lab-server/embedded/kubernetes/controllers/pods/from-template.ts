// A pod as its controller creates it from a template.
import type { KubernetesObject, ObjectMeta, OwnerReference, PodTemplateSpec } from '../../types.ts';

/** The reference of a dependent to the object that controls it. */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

export interface NewPod {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: ObjectMeta;
  spec: NonNullable<PodTemplateSpec['spec']>;
}

/** A pod of `template` that `owner` controls, with a generated name unless `name` is given. */
export function podFromTemplate(owner: KubernetesObject, template: PodTemplateSpec, name?: string): NewPod {
  const metadata: ObjectMeta = { namespace: owner.metadata.namespace, ownerReferences: [controllerReference(owner)] };
  if (name === undefined) {
    metadata.generateName = `${owner.metadata.name}-`;
  } else {
    metadata.name = name;
  }
  const { labels, annotations, finalizers } = template.metadata ?? {};
  metadata.labels = { ...labels };
  if (annotations && Object.keys(annotations).length > 0) {
    metadata.annotations = { ...annotations };
  }
  if (finalizers && finalizers.length > 0) {
    metadata.finalizers = [...finalizers];
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: structuredClone(template.spec ?? { containers: [] }) };
}
