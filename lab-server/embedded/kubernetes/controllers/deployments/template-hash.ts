// The pod-template-hash: a short name for a pod template, the same for the same template.
import type { PodTemplateSpec } from '../../types.ts';
import { canonicalJson } from '../canonical-json.ts';

export const TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** No vowels and no digits that look like them, so that a hash never spells a word (k8s.io/apimachinery/pkg/util/rand). */
const SAFE_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789';
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The hash of `template`; `collisions` sets it apart from another template that happened to hash alike. */
export function templateHash(template: PodTemplateSpec, collisions = 0): string {
  return hashText(canonicalJson(template) + (collisions > 0 ? `#${collisions}` : ''));
}

/** A 32-bit FNV-1a hash as its decimal digits in safe characters. */
export function hashText(text: string): string {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  }
  return safeEncode(String(hash));
}

function safeEncode(text: string): string {
  return Array.from(text, (character) => SAFE_CHARACTERS[character.charCodeAt(0) % SAFE_CHARACTERS.length]).join('');
}

/** Whether two templates ask for the same pods, whatever their hash labels. */
export function isSameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return canonicalJson(withoutHash(a)) === canonicalJson(withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [TEMPLATE_HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}
