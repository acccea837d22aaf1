// statefulsets: numbered pods that keep their name and their storage.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateClaimSpec } from '../../validation/claims.ts';
import { forbidden, invalid, invalidFor, notSupported, required } from '../../validation/field-errors.ts';
import { inGoForm } from '../../validation/go-form.ts';
import { labelName, validateNonNegative } from '../../validation/object-meta.ts';
import { validatePodTemplate } from '../../validation/pod-spec.ts';
import { podWarnings } from '../../validation/pod-warnings.ts';
import {
  amountOf,
  validateAtMostAll,
  validateIntOrPercent,
  validateLasting,
  validateSelector,
  validateTemplateMatches,
} from '../../validation/workloads.ts';
import { dns1123Label } from '../../values/names.ts';
import { sameValue } from '../../values/same.ts';
import { checkedKind } from '../checked-kind.ts';
import { setClaimSpecDefaults } from '../claim-defaults.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { setTemplateDefaults } from '../pod-defaults.ts';
import { containerColumns } from '../workload-columns.ts';

export type StatefulSet = Stored<models.V1StatefulSet>;
type Spec = NonNullable<StatefulSet['spec']>;

/** Fields that may change; the message lists them so. */
const updatable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export const statefulsets = checkedKind<StatefulSet>(
  {
    group: 'apps',
    version: 'v1',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    singular: 'statefulset',
    shortNames: ['sts'],
    categories: ['all'],
    namespaced: true,
    model: 'V1StatefulSet',
    subresources: {
      status: true,
      scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
    },
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
      ageColumn(),
      ...containerColumns<StatefulSet>((set) => set.spec?.template),
    ],
    setDefaults(set) {
      const spec = (set.spec ??= {} as Spec);
      setTemplateDefaults(spec);
      spec.podManagementPolicy ||= 'OrderedReady';
      const strategy = (spec.updateStrategy ??= {});
      strategy.type ||= 'RollingUpdate';
      if (strategy.type === 'RollingUpdate') {
        const rollingUpdate = (strategy.rollingUpdate ??= {});
        rollingUpdate.partition ??= 0;
        rollingUpdate.maxUnavailable ??= 1;
      }
      const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
      retention.whenDeleted ||= 'Retain';
      retention.whenScaled ||= 'Retain';
      spec.replicas ??= 1;
      spec.revisionHistoryLimit ??= 10;
      for (const claim of spec.volumeClaimTemplates ?? []) {
        claim.apiVersion ??= 'v1';
        claim.kind ??= 'PersistentVolumeClaim';
        setClaimSpecDefaults((claim.spec ??= {}));
        (claim.status ??= {}).phase ??= 'Pending';
      }
    },
    prepareForCreate(set) {
      set.status = { availableReplicas: 0, replicas: 0 };
    },
    prepareForUpdate(set, old) {
      set.status = old.status ?? { availableReplicas: 0, replicas: 0 };
    },
    warnings: ({ spec }) => podWarnings(spec?.template?.spec, spec?.template?.metadata, 'spec.template.spec', 'spec.template.metadata'),
  },
  {
    nameRule: labelName,
    validate: ({ spec = {} as Spec }) => validateSpec(spec),
    validateChange({ spec = {} as Spec }, old) {
      const munged = { ...spec };
      for (const field of updatable) {
        Object.assign(munged, { [field]: old.spec?.[field] });
      }
      if (sameValue(munged, old.spec)) {
        return [];
      }
      const list = updatable.map((field) => `'${field}'`);
      const fields = `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
      return [forbidden('spec', `updates to statefulset spec for fields other than ${fields} are forbidden`)];
    },
  },
);

function validateSpec(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec.podManagementPolicy;
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStrategy(spec.updateStrategy, 'spec.updateStrategy'));
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[when];
    if (value && value !== 'Retain' && value !== 'Delete') {
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, value, ['Retain', 'Delete']));
    }
  }
  spec.volumeClaimTemplates?.forEach((claim, index) => {
    errors.push(...validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`));
  });
  errors.push(
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.ordinals?.start, 'spec.ordinals.start'),
  );
  if (spec.serviceName) {
    errors.push(...invalidFor('spec.serviceName', spec.serviceName, dns1123Label(spec.serviceName)));
  }
  return [
    ...errors,
    ...validateSelector(spec.selector, 'statefulset', 'spec.selector'),
    ...validateTemplateMatches(spec, 'spec'),
    ...validatePodTemplate(withClaimVolumes(spec), 'spec.template'),
    ...validateLasting(spec, 'StatefulSet', 'spec'),
  ];
}

/** Containers may mount the volumes that the claims will become. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: Spec): Spec['template'] {
  if (!template?.spec || volumeClaimTemplates.length === 0) {
    return template;
  }
  const names = volumeClaimTemplates.map((claim) => claim.metadata?.name ?? '');
  const claims = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = (template.spec.volumes ?? []).filter((volume) => !names.includes(volume.name));
  return { ...template, spec: { ...template.spec, volumes: [...claims, ...others] } };
}

function validateStrategy(strategy: Spec['updateStrategy'], path: string): FieldError[] {
  const rolling = strategy?.rollingUpdate;
  switch (strategy?.type) {
    case 'OnDelete':
      return rolling
        ? [
            invalid(
              `${path}.rollingUpdate`,
              inGoForm(rolling, { Partition: '0', MaxUnavailable: 'null' }),
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ]
        : [];
    case 'RollingUpdate': {
      const at = `${path}.rollingUpdate`;
      const errors = validateNonNegative(rolling?.partition, `${at}.partition`);
      if (rolling?.maxUnavailable !== undefined && rolling.maxUnavailable !== null) {
        errors.push(...validateIntOrPercent(rolling.maxUnavailable, `${at}.maxUnavailable`));
        if (amountOf(rolling.maxUnavailable) === 0) {
          errors.push(invalid(`${at}.maxUnavailable`, rolling.maxUnavailable, 'cannot be 0'));
        }
        errors.push(...validateAtMostAll(rolling.maxUnavailable, `${at}.maxUnavailable`));
      }
      return errors;
    }
    case undefined:
      return [required(path)];
    default:
      return [invalid(path, inGoForm(strategy ?? {}, { Type: '""', RollingUpdate: 'null' }), "must be 'RollingUpdate' or 'OnDelete'")];
  }
}
