// Metadata that the server alone writes, and the names it makes up.
import { randomInt, randomUUID } from 'node:crypto';
import type { KubernetesObject, ObjectMeta } from '../../types.ts';
import { isoTime } from '../../values/index.ts';
import { isJsonObject } from '../decode/json.ts';
import { badRequest } from '../errors.ts';
import type { Resource } from '../registry.ts';
import type { ManagedFieldsEntry } from '../managed-fields/managers.ts';

/** No vowels and no characters that look like others, as k8s.io/apimachinery/pkg/util/rand has it. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const LONGEST_GENERATED = 63;

export function randomSuffix(): string {
  let suffix = '';
  for (let index = 0; index < SUFFIX_LENGTH; index += 1) {
    suffix += ALPHABET[randomInt(ALPHABET.length)];
  }
  return suffix;
}

export function generatedName(base: string): string {
  return base.slice(0, LONGEST_GENERATED - SUFFIX_LENGTH) + randomSuffix();
}

/** Gives a new object its place: the namespace of the request, which the object may name but not contradict. */
export function placeInNamespace(resource: Resource, object: KubernetesObject, namespace: string | undefined): void {
  if (!resource.namespaced) {
    return;
  }
  if (object.metadata.namespace && object.metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  object.metadata.namespace = namespace;
}

/** What a new object gets, whatever its sender wrote there. */
export function setSystemFields(object: KubernetesObject, now: number): void {
  const { metadata } = object;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = isoTime(now);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** What no update changes. */
export function keepSystemFields(object: KubernetesObject, old: KubernetesObject): void {
  const { metadata } = object;
  for (const field of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) {
    setOrDelete(metadata, field, old.metadata[field]);
  }
  if (!metadata.generateName && old.metadata.generateName) {
    metadata.generateName = old.metadata.generateName;
  }
  delete metadata.selfLink;
}

function setOrDelete<Key extends keyof ObjectMeta>(metadata: ObjectMeta, field: Key, value: ObjectMeta[Key]): void {
  if (value === undefined) {
    delete metadata[field];
  } else {
    metadata[field] = value;
  }
}

export function managersOf(object: KubernetesObject): readonly ManagedFieldsEntry[] {
  return (object.metadata.managedFields ?? []) as unknown as readonly ManagedFieldsEntry[];
}

/** Owners that a client sent. What is not well formed counts as none, as the real server has it. */
export function sentManagersOf(object: KubernetesObject): readonly ManagedFieldsEntry[] {
  const entries = managersOf(object);
  const isGood = (entry: ManagedFieldsEntry): boolean =>
    (entry.operation === 'Apply' || entry.operation === 'Update') && entry.fieldsType === 'FieldsV1' && isTree(entry.fieldsV1);
  return entries.every(isGood) ? entries : [];
}

function isTree(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).every((element) => isElement(element) && isTree(value[element]));
}

function isElement(element: string): boolean {
  if (/^[kv]:/.test(element)) {
    try {
      return typeof JSON.parse(element.slice(2)) === 'object' || element.startsWith('v:');
    } catch {
      return false;
    }
  }
  return element === '.' || /^(f:|i:\d+$)/.test(element);
}

export function setManagers(object: KubernetesObject, entries: readonly ManagedFieldsEntry[]): void {
  if (entries.length === 0) {
    delete object.metadata.managedFields;
  } else {
    object.metadata.managedFields = entries as unknown as NonNullable<ObjectMeta['managedFields']>;
  }
}

/** Whether changes of this kind's spec are counted in metadata.generation. */
export function countsGenerations(resource: Resource): boolean {
  const { definition, type } = resource;
  return definition.hasGeneration ?? (type.fields.has('spec') && definition.subresources?.status === true);
}
