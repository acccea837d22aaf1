// One policy's expressions, compiled once and evaluated for each write that it concerns.
import type { ValidatingAdmissionPolicy } from '../../../resources/admissionregistration/validatingadmissionpolicies.ts';
import type { KubernetesObject } from '../../../types.ts';
import type { Authorizer } from '../../auth/authorize.ts';
import { AuthorizerValue } from '../../cel/authorizer-value.ts';
import type { CelProgram } from '../../cel/environment.ts';
import { compilePolicyExpression } from '../../cel/policy-language.ts';
import { celErrorText, toCel } from '../../cel/values.ts';
import type { ApiCore } from '../../core.ts';
import type { AdmissionRequest } from '../admission.ts';
import { namespaceOf } from './matching.ts';

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;

export interface Failure {
  message: string;
  /** Of the answer, where the rule says. */
  reason: string | undefined;
}

/** What a write breaks of the policy. */
export type PolicyProgram = (request: AdmissionRequest, core: ApiCore, params: KubernetesObject | undefined) => Failure[];

type Values = Readonly<Record<string, unknown>>;

export function policyProgram(spec: Spec, authorizer: Authorizer): PolicyProgram {
  const evaluate = evaluator();
  const ignoresErrors = spec.failurePolicy === 'Ignore';
  const onError = (expression: string, error: unknown): Failure[] =>
    ignoresErrors ? [] : [{ message: `expression '${expression}' resulted in error: ${celErrorText(error)}`, reason: undefined }];

  function applies(values: Values): boolean {
    return (spec.matchConditions ?? []).every(({ expression }) => evaluate(expression, values) === true);
  }

  function judge(rule: NonNullable<Spec['validations']>[number], values: Values): Failure[] {
    try {
      if (evaluate(rule.expression, values) === true) {
        return [];
      }
    } catch (error) {
      return onError(rule.expression, error);
    }
    return [{ message: messageOf(rule, values), reason: rule.reason }];
  }

  /** The rule's own words; an expression for them that fails is passed over. */
  function messageOf(rule: NonNullable<Spec['validations']>[number], values: Values): string {
    if (rule.messageExpression) {
      try {
        const text = evaluate(rule.messageExpression, values);
        if (typeof text === 'string' && text.trim() !== '' && !text.includes('\n')) {
          return text;
        }
      } catch {
        // The plain message is said instead.
      }
    }
    return rule.message ?? `failed expression: ${rule.expression.trim()}`;
  }

  return (request, core, params) => {
    const values = valuesOf(request, core, params, authorizer);
    const variables = withVariables(values, spec.variables ?? [], evaluate);
    try {
      if (!applies(variables)) {
        return [];
      }
    } catch (error) {
      return ignoresErrors ? [] : [{ message: `match conditions resulted in error: ${celErrorText(error)}`, reason: undefined }];
    }
    return (spec.validations ?? []).flatMap((rule) => judge(rule, variables));
  };
}

function evaluator(): (expression: string, values: Values) => unknown {
  const compiled = new Map<string, CelProgram>();
  return (expression, values) => {
    let program = compiled.get(expression);
    if (!program) {
      program = compilePolicyExpression(expression);
      compiled.set(expression, program);
    }
    return program(values);
  };
}

function valuesOf(request: AdmissionRequest, core: ApiCore, params: KubernetesObject | undefined, authorizer: Authorizer): Values {
  const { resource, user } = request;
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const target = { group: resource.group, version: resource.version, resource: resource.plural };
  const { name, uid = '', groups, extra = {} } = user;
  return {
    object: toCel(request.object) ?? null,
    oldObject: toCel(request.old) ?? null,
    params: toCel(params) ?? null,
    namespaceObject: toCel(namespaceOf(request, core)) ?? null,
    request: toCel({
      kind,
      resource: target,
      subResource: request.subresource ?? '',
      requestKind: kind,
      requestResource: target,
      requestSubResource: request.subresource ?? '',
      name: request.name,
      namespace: request.namespace ?? '',
      operation: request.operation,
      userInfo: { username: name, uid, groups, extra },
      dryRun: request.dryRun,
    }),
    authorizer: new AuthorizerValue({ authorizer, user }),
  };
}

/** `variables.NAME` is worked out when it is first asked for, and once. */
function withVariables(
  values: Values,
  definitions: NonNullable<Spec['variables']>,
  evaluate: (expression: string, values: Values) => unknown,
): Values {
  const variables = {};
  const all = { ...values, variables };
  for (const { name, expression } of definitions) {
    Object.defineProperty(variables, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = evaluate(expression, all);
        Object.defineProperty(variables, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return all;
}
