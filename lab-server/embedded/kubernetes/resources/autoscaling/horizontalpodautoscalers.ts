// horizontalpodautoscalers (autoscaling/v2): as many replicas as the load asks for.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateAutoscaler } from '../../validation/autoscalers.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { metricsText } from './metrics-text.ts';

export type HorizontalPodAutoscaler = Stored<models.V2HorizontalPodAutoscaler>;
type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Behavior = NonNullable<Spec['behavior']>;

const emptyStatus = { currentMetrics: null, desiredReplicas: 0 } as unknown as HorizontalPodAutoscaler['status'];

export const horizontalpodautoscalers = checkedKind<HorizontalPodAutoscaler>(
  {
    group: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    singular: 'horizontalpodautoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    namespaced: true,
    model: 'V2HorizontalPodAutoscaler',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('Reference', ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`),
      textColumn('Targets', ({ spec, status }) => metricsText(spec?.metrics ?? [], status?.currentMetrics ?? [])),
      textColumn('MinPods', ({ spec }) => String(spec?.minReplicas ?? '<unset>')),
      textColumn('MaxPods', ({ spec }) => spec?.maxReplicas ?? 0),
      textColumn('Replicas', ({ status }) => status?.currentReplicas ?? 0),
      ageColumn(),
    ],
    setDefaults(autoscaler) {
      const spec = (autoscaler.spec ??= {} as Spec);
      spec.minReplicas ??= 1;
      if (!spec.metrics?.length) {
        spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
      }
      if (spec.behavior) {
        setBehaviorDefaults(spec.behavior);
      }
    },
    prepareForCreate(autoscaler) {
      autoscaler.status = emptyStatus;
    },
    prepareForUpdate(autoscaler, old) {
      autoscaler.status = old.status ?? emptyStatus;
    },
  },
  { validate: ({ spec }) => validateAutoscaler(spec ?? {}, 'spec') },
);

/** Up: at once, by four pods or all over again in 15 s, whichever is more. Down: all the way, after the controller's own pause. */
function setBehaviorDefaults(behavior: Behavior): void {
  const up = (behavior.scaleUp ??= {});
  up.selectPolicy ??= 'Max';
  up.stabilizationWindowSeconds ??= 0;
  up.policies ??= [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ];
  const down = (behavior.scaleDown ??= {});
  down.selectPolicy ??= 'Max';
  down.policies ??= [{ type: 'Percent', value: 100, periodSeconds: 15 }];
}
