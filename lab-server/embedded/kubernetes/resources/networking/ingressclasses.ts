// ingressclasses: which controller serves an ingress.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { forbidden, notSupported, required, tooLong } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { validateDomainPrefixedPath } from '../../validation/domain-paths.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type IngressClass = Stored<models.V1IngressClass>;
type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>;

export const ingressclasses = checkedKind<IngressClass>(
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'IngressClass',
    plural: 'ingressclasses',
    singular: 'ingressclass',
    namespaced: false,
    model: 'V1IngressClass',
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Controller', (object) => object.spec?.controller ?? ''),
      textColumn('Parameters', (object) => parametersText(object.spec?.parameters)),
      ageColumn(),
    ],
    setDefaults({ spec }) {
      if (spec?.parameters) {
        spec.parameters.scope ??= 'Cluster';
      }
    },
  },
  {
    validate: ({ spec }) => [
      ...((spec?.controller?.length ?? 0) > 250 ? [tooLong('spec.controller', 250)] : []),
      ...validateDomainPrefixedPath(spec?.controller, 'spec.controller'),
      ...(spec?.parameters ? validateParameters(spec.parameters, 'spec.parameters') : []),
    ],
    validateChange: (object, old) => validateImmutable(object.spec?.controller, old.spec?.controller, 'spec.controller'),
  },
);

function parametersText(parameters: Parameters | undefined): string {
  if (!parameters) {
    return '<none>';
  }
  return `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`;
}

function validateParameters(parameters: Parameters, path: string): FieldError[] {
  const errors = (['kind', 'name'] as const).filter((field) => !parameters[field]).map((field) => required(`${path}.${field}`));
  const { scope, namespace } = parameters;
  if (scope !== 'Cluster' && scope !== 'Namespace') {
    errors.push(notSupported(`${path}.scope`, scope ?? '', ['Cluster', 'Namespace']));
  } else if (scope === 'Namespace' && !namespace) {
    errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  } else if (scope === 'Cluster' && namespace) {
    errors.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}
