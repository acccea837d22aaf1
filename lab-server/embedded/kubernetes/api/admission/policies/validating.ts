// Validating admission policies: rules in CEL that writes must keep, where a binding says so.
// https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
import type { ValidatingAdmissionPolicy } from '../../../resources/admissionregistration/validatingadmissionpolicies.ts';
import type { ValidatingAdmissionPolicyBinding } from '../../../resources/admissionregistration/validatingadmissionpolicybindings.ts';
import type { LabelSelector } from '../../../types.ts';
import type { Authorizer } from '../../auth/authorize.ts';
import type { ApiCore } from '../../core.ts';
import { ApiError, forbidden, type StatusReason } from '../../errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { type Failure, type PolicyProgram, policyProgram } from './evaluation.ts';
import { isWanted, type Match } from './matching.ts';
import { paramsOf, ParamsMissing } from './params.ts';

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = `validatingadmissionpolicies.${GROUP}`;
const BINDINGS = `validatingadmissionpolicybindings.${GROUP}`;
/** HTTP codes of the reasons that a rule may give. */
const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, Invalid: 422, RequestEntityTooLarge: 413 };

type Policy = NonNullable<ValidatingAdmissionPolicy['spec']>;
type MatchResources = NonNullable<Policy['matchConstraints']>;

export function validatingPolicies(authorizer: Authorizer): AdmissionPlugin {
  const programs = new WeakMap<ValidatingAdmissionPolicy, PolicyProgram>();
  const programOf = (policy: ValidatingAdmissionPolicy): PolicyProgram => {
    let program = programs.get(policy);
    if (!program) {
      program = policyProgram(policy.spec ?? ({} as Policy), authorizer);
      programs.set(policy, program);
    }
    return program;
  };
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request, core) {
      const bindings = core.store.table(BINDINGS);
      // Policies are not asked about each other, so that a bad one can be taken away.
      if (bindings.size === 0 || request.resource.group === GROUP) {
        return;
      }
      for (const { object } of bindings.list()) {
        const binding = object as ValidatingAdmissionPolicyBinding;
        const policy = core.store.table(POLICIES).get(binding.spec?.policyName ?? '')?.object as ValidatingAdmissionPolicy | undefined;
        if (policy?.spec && concerns(request, core, policy.spec, binding)) {
          enforce(request, core, policy, binding, programOf(policy));
        }
      }
    },
  };
}

function concerns(request: AdmissionRequest, core: ApiCore, policy: Policy, binding: ValidatingAdmissionPolicyBinding): boolean {
  const narrower = binding.spec?.matchResources;
  return (
    isWanted(request, core, matchOf(policy.matchConstraints)) &&
    // A binding without rules of its own narrows by its selectors alone.
    (!narrower ||
      isWanted(
        request,
        core,
        matchOf(narrower.resourceRules?.length ? narrower : { ...policy.matchConstraints, ...selectorsOf(narrower) }),
      ))
  );
}

function selectorsOf({ namespaceSelector, objectSelector }: MatchResources): MatchResources {
  return { ...(namespaceSelector && { namespaceSelector }), ...(objectSelector && { objectSelector }) };
}

function matchOf(resources: MatchResources | undefined): Match {
  return {
    rules: resources?.resourceRules ?? [],
    excluded: resources?.excludeResourceRules ?? [],
    ...(resources?.namespaceSelector && { namespaceSelector: resources.namespaceSelector as LabelSelector }),
    ...(resources?.objectSelector && { objectSelector: resources.objectSelector as LabelSelector }),
    ...(resources?.matchPolicy && { policy: resources.matchPolicy }),
  };
}

function enforce(
  request: AdmissionRequest,
  core: ApiCore,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  program: PolicyProgram,
): void {
  const failures = failuresOf(request, core, policy, binding, program);
  const actions = binding.spec?.validationActions ?? [];
  const names = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  if (actions.includes('Warn')) {
    failures.forEach(({ message }) => request.warn(`Validation failed for ${names}: ${message}`));
  }
  const [first] = failures;
  if (first && actions.includes('Deny')) {
    throw refusal(request, `${names} denied request: ${first.message}`, first.reason);
  }
}

function failuresOf(
  request: AdmissionRequest,
  core: ApiCore,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  program: PolicyProgram,
): Failure[] {
  try {
    return paramsOf(request, core, policy.spec?.paramKind, binding.spec?.paramRef).flatMap((params) => program(request, core, params));
  } catch (error) {
    if (!(error instanceof ParamsMissing)) {
      throw error;
    }
    return policy.spec?.failurePolicy === 'Ignore' ? [] : [{ message: error.message, reason: undefined }];
  }
}

function refusal(request: AdmissionRequest, message: string, reason: string | undefined): ApiError {
  const { resource, name } = request;
  const error = forbidden(resource.name, name, message);
  const given = (reason ?? 'Invalid') as StatusReason;
  return new ApiError(CODES[given] ?? 422, given, error.message, { ...error.details, causes: [{ message }] });
}
