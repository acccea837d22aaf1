// The rules of admission, in the order in which the real server runs them.
import type { Authorizer } from '../auth/authorize.ts';
import type { AdmissionPlugin } from './admission.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { limitRanger } from './limit-range.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { validatingPolicies } from './policies/validating.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { serviceAccount } from './service-account.ts';
import { storageDefaults } from './storage-defaults.ts';
import { mutatingWebhooks, validatingWebhooks } from './webhooks.ts';

export function admissionPlugins(authorizer: Authorizer): AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    limitRanger,
    serviceAccount,
    podSecurity,
    priority,
    defaultTolerations,
    storageDefaults,
    claimResize,
    defaultIngressClass,
    mutatingWebhooks,
    validatingPolicies(authorizer),
    validatingWebhooks,
    resourceQuota,
    rbacEscalation(authorizer),
  ];
}
