// podtemplates: a template kept by itself.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validatePodTemplate } from '../../validation/pod-spec.ts';
import { formatLabels } from '../../values/label-selector.ts';
import { checkedKind } from '../checked-kind.ts';
import { nameColumn, textColumn } from '../columns.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns } from '../workload-columns.ts';

export type PodTemplate = Stored<models.V1PodTemplate>;

export const podtemplates = checkedKind<PodTemplate>(
  {
    group: '',
    version: 'v1',
    kind: 'PodTemplate',
    plural: 'podtemplates',
    singular: 'podtemplate',
    namespaced: true,
    model: 'V1PodTemplate',
    hasGeneration: true,
    columns: [
      nameColumn(),
      ...containerColumns<PodTemplate>((object) => object.template, false),
      textColumn('Pod Labels', (object) => formatLabels(object.template?.metadata?.labels)),
    ],
    setDefaults: setTemplateDefaults,
  },
  { validate: (object) => validatePodTemplate(object.template, 'template') },
);
