// Whether tolerations cover a taint.
// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
import type * as models from '@kubernetes/client-node';
import type { Wire } from '../../types.ts';

export type Toleration = Wire<models.V1Toleration>;
export type Taint = Pick<Wire<models.V1Taint>, 'key' | 'value' | 'effect'>;

export function toleratesTaint(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((toleration) => covers(toleration, taint));
}

function covers({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) {
    return false;
  }
  if (key && key !== taint.key) {
    return false;
  }
  if (operator === 'Exists') {
    return true;
  }
  // An empty key with Equal is not valid and matches nothing.
  return Boolean(key) && (value ?? '') === (taint.value ?? '');
}
