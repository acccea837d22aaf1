// A pod's containers in the order in which they matter, each with its role, and the restart rules that hold for it.
import type { Pod } from '../types.ts';
import type { ContainerSpec, EphemeralContainer } from './kinds.ts';

/** `sidecar` is an init container with restartPolicy Always: it keeps running beside the others. */
export type ContainerRole = 'init' | 'sidecar' | 'app' | 'ephemeral';

export interface PodContainer {
  role: ContainerRole;
  spec: ContainerSpec | EphemeralContainer;
}

/** Init containers and sidecars in their order, then app containers, then ephemeral ones. */
export function containersOf(pod: Pod): PodContainer[] {
  const { spec } = pod;
  return [
    ...(spec?.initContainers ?? []).map((container) => ({
      role: container.restartPolicy === 'Always' ? ('sidecar' as const) : ('init' as const),
      spec: container,
    })),
    ...(spec?.containers ?? []).map((container) => ({ role: 'app' as const, spec: container })),
    ...(spec?.ephemeralContainers ?? []).map((container) => ({ role: 'ephemeral' as const, spec: container })),
  ];
}

/** The field path that events about a container carry: `spec.containers{web}`. */
export function fieldPathOf(role: ContainerRole, name: string): string {
  const field = role === 'app' ? 'containers' : role === 'ephemeral' ? 'ephemeralContainers' : 'initContainers';
  return `spec.${field}{${name}}`;
}

/** Whether a container that ended with `exitCode` is to be started again. The container's own rules go before the pod's policy. */
export function restartsAfter(pod: Pod, container: PodContainer, exitCode: number): boolean {
  if (container.role === 'ephemeral') {
    return false;
  }
  for (const rule of container.spec.restartPolicyRules ?? []) {
    const codes = rule.exitCodes;
    if (!codes) {
      continue;
    }
    const listed = codes.values?.includes(exitCode) === true;
    if (codes.operator === 'In' ? listed : !listed) {
      return rule.action === 'Restart';
    }
  }
  const policy = container.spec.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  if (policy === 'Never') {
    return false;
  }
  // An init container that succeeded is done, whatever the policy.
  return policy === 'Always' && container.role !== 'init' ? true : exitCode !== 0;
}
