// A CustomResourceDefinition's versions as served kinds.
import type { CustomResourceDefinition } from '../../resources/apiextensions/customresourcedefinitions.ts';
import type { FieldError, KindDefinition } from '../../resources/kind.ts';
import type { Schema } from '../../schema/index.ts';
import type { KubernetesObject } from '../../types.ts';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { type Resource, resourceOf } from '../registry.ts';
import { validateRules } from './rules.ts';
import { customColumns } from './columns.ts';
import { applyDefaults } from './defaults.ts';
import { readPath } from './json-path.ts';
import type { JsonSchema } from './json-schema.ts';
import { typeOfResource } from './type-of-schema.ts';
import { validateBySchema } from './validate.ts';

type Spec = NonNullable<CustomResourceDefinition['spec']>;
type Version = Spec['versions'][number];

/** The kinds that the definition serves, one a version. */
export function servedKinds(definition: CustomResourceDefinition, builtIn: Schema): Resource[] {
  const { spec } = definition;
  return (spec?.versions ?? [])
    .filter((version) => version.served)
    .map((version) => {
      const schema = version.schema?.openAPIV3Schema as JsonSchema | undefined;
      const resource = resourceOf(kindOf(spec as Spec, version, schema), typeOfResource(spec?.names.kind ?? '', schema, builtIn), true);
      return { ...resource, openApi: schema as Record<string, unknown> | undefined };
    });
}

function kindOf(spec: Spec, version: Version, schema: JsonSchema | undefined): KindDefinition {
  const { names, group } = spec;
  const namespaced = spec.scope === 'Namespaced';
  const hasStatus = version.subresources?.status !== undefined;
  const { scale } = version.subresources ?? {};
  const apiVersion = `${group}/${version.name}`;
  const stored = spec.versions.find((one) => one.storage);
  const selectable = version.selectableFields ?? [];
  const validate = (object: KubernetesObject, old?: KubernetesObject): FieldError[] => {
    if (!schema) {
      return [];
    }
    const errors = validateBySchema(object, schema);
    // Rules may take for granted what the schema says.
    return errors.length > 0 ? errors : validateRules(object, old, schema);
  };
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.shortNames && { shortNames: names.shortNames }),
    ...(names.categories && { categories: names.categories }),
    namespaced,
    model: '',
    subresources: {
      ...(hasStatus && { status: true }),
      ...(scale && {
        scale: {
          specReplicas: scale.specReplicasPath.replace(/^\./, ''),
          statusReplicas: scale.statusReplicasPath.replace(/^\./, ''),
          selector: (scale.labelSelectorPath ?? '').replace(/^\./, ''),
        },
      }),
    },
    ...(stored &&
      stored.name !== version.name && {
        storedAs: {
          group,
          plural: names.plural,
          fromStored: (object) => ({ ...object, apiVersion }),
          toStored: (object) => ({ ...object, apiVersion: `${group}/${stored.name}` }),
        },
      }),
    ...(version.deprecated && { deprecated: version.deprecationWarning ?? `${apiVersion} ${names.kind} is deprecated` }),
    hasGeneration: true,
    columns: customColumns(version.additionalPrinterColumns),
    setDefaults(object) {
      if (schema) {
        applyDefaults(object, schema);
      }
    },
    prepareForCreate(object) {
      if (hasStatus) {
        delete object.status;
      }
    },
    validateCreate: (object) => [...validateObjectMeta(object.metadata, namespaced, subdomainName), ...validate(object)],
    validateUpdate: (object, old) => [...validateObjectMetaUpdate(object.metadata, old.metadata), ...validate(object, old)],
    validateStatusUpdate: (object, old) => validate(object, old),
    ...(selectable.length > 0 && {
      selectableFields: (object) =>
        Object.fromEntries(
          selectable.map(({ jsonPath }) => [
            jsonPath.replace(/^\./, ''),
            String((readPath(object, jsonPath)[0] as string | undefined) ?? ''),
          ]),
        ),
    }),
  };
}
