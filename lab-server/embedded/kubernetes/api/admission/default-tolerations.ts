// DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or not reachable, unless it says otherwise.
import type { Pod } from '../../types.ts';
import type { AdmissionPlugin } from './admission.ts';

const SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit({ operation, resource, subresource, object }) {
    if (operation === 'DELETE' || resource.table !== 'pods' || subresource !== undefined) {
      return;
    }
    const { spec } = object as Pod;
    if (!spec) {
      return;
    }
    const tolerations = spec.tolerations ?? [];
    const missing = TAINTS.filter(
      (taint) => !tolerations.some(({ key, effect }) => (key === taint || !key) && (effect === 'NoExecute' || !effect)),
    );
    if (missing.length > 0) {
      const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }));
      spec.tolerations = [...tolerations, ...added];
    }
  },
};
