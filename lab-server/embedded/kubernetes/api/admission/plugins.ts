// The rules of admission, in the order in which the real server runs them.
import type { AdmissionPlugin } from './admission.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { limitRanger } from './limit-range.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { serviceAccount } from './service-account.ts';
import { storageDefaults } from './storage-defaults.ts';

export const admissionPlugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  podSecurity,
  priority,
  defaultTolerations,
  storageDefaults,
  claimResize,
  defaultIngressClass,
  resourceQuota,
];
