// Columns that the kinds with a pod template share: names and images of its containers, and the selector.
import type { KubernetesObject, LabelSelector, PodTemplateSpec } from '../types.ts';
import { formatSelector } from '../values/label-selector.ts';
import { textColumn } from './columns.ts';
import type { Column } from './kind.ts';

type Templated = KubernetesObject & { spec?: { template?: PodTemplateSpec; selector?: LabelSelector } };

export function containerColumns<T extends KubernetesObject>(
  template: (object: T) => PodTemplateSpec | undefined,
  wide = true,
): Column<T>[] {
  const containers = (object: T) => template(object)?.spec?.containers ?? [];
  return [
    textColumn<T>(
      'Containers',
      (object) =>
        containers(object)
          .map((one) => one.name)
          .join(','),
      {
        wide,
        description: 'Names of the containers in the template.',
      },
    ),
    textColumn<T>(
      'Images',
      (object) =>
        containers(object)
          .map((one) => one.image)
          .join(','),
      {
        wide,
        description: 'Images of the containers in the template.',
      },
    ),
  ];
}

export function selectorColumn<T extends Templated>(): Column<T> {
  return textColumn<T>('Selector', (object) => formatSelector(object.spec?.selector), {
    wide: true,
    description: 'The label selector of the pods it owns.',
  });
}
