// What the server warns of in pods and templates though it accepts them (k8s.io/kubernetes/pkg/api/pod/warnings.go).
import type { ObjectMeta } from '../types.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import type { Container, PodSpec } from './pod-types.ts';

const replacedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

export function podWarnings(spec: PodSpec | undefined, metadata: ObjectMeta | undefined, path: string, metaPath: string): string[] {
  if (!spec) {
    return [];
  }
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    if (replacedLabels[key]) {
      warnings.push(`${path}.nodeSelector[${key}]: ${replacedLabels[key]}`);
    }
  }
  for (const key of Object.keys(metadata?.annotations ?? {})) {
    if (key.startsWith('container.apparmor.security.beta.kubernetes.io/')) {
      warnings.push(`${metaPath}.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
    }
    if (key.startsWith('seccomp.security.alpha.kubernetes.io/') || key.startsWith('container.seccomp.security.alpha.kubernetes.io/')) {
      warnings.push(`${metaPath}.annotations[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`);
    }
  }
  spec.hostAliases?.forEach((alias, index) => {
    const earlier = spec.hostAliases?.slice(0, index).findIndex((one) => one.ip === alias.ip) ?? -1;
    if (earlier >= 0) {
      warnings.push(`${path}.hostAliases[${index}].ip: duplicate ip "${alias.ip}"`);
    }
  });
  spec.imagePullSecrets?.forEach((secret, index) => {
    if (!secret.name) {
      warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name "${secret.name ?? ''}"`);
    }
  });
  warnings.push(...volumeWarnings(spec, path));
  for (const list of ['initContainers', 'containers'] as const) {
    spec[list]?.forEach((container, index) => warnings.push(...containerWarnings(container, `${path}.${list}[${index}]`)));
  }
  warnings.push(...duplicatePortWarnings(spec, path));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warnings.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  return warnings;
}

function volumeWarnings(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((volume, index) => {
    const at = `${path}.volumes[${index}]`;
    const warnings: string[] = [];
    if (volume.gitRepo) {
      warnings.push(`${at}.gitRepo: deprecated in v1.11, and disabled by default in v1.33+`);
    }
    if (volume.glusterfs) {
      warnings.push(`${at}.glusterfs: deprecated in v1.25, non-functional in v1.26+`);
    }
    if (volume.cephfs) {
      warnings.push(`${at}.cephfs: deprecated in v1.28, non-functional in v1.31+`);
    }
    if (volume.rbd) {
      warnings.push(`${at}.rbd: deprecated in v1.28, non-functional in v1.31+`);
    }
    return warnings;
  });
}

function containerWarnings(container: Container, path: string): string[] {
  const warnings: string[] = [];
  for (const list of ['limits', 'requests'] as const) {
    for (const resource of ['memory', 'ephemeral-storage']) {
      const text = container.resources?.[list]?.[resource];
      const quantity = tryParseQuantity(text);
      if (quantity && quantity.nanos % 1_000_000_000n !== 0n) {
        warnings.push(`${path}.resources.${list}[${resource}]: fractional byte value "${text}" is invalid, must be an integer`);
      }
    }
  }
  const names = new Map<string, string>();
  container.env?.forEach((variable, index) => {
    const before = names.get(variable.name);
    const at = `${path}.env[${index}]`;
    if (before !== undefined) {
      warnings.push(`${at}: hides previous definition of "${variable.name}", which may be dropped when using apply`);
    }
    names.set(variable.name, at);
  });
  return warnings;
}

/** The same port twice in one container, or by two containers of the pod, under one protocol. */
function duplicatePortWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = [];
  const portsOf = (list: 'initContainers' | 'containers') =>
    (spec[list] ?? []).flatMap((container, index) =>
      (container.ports ?? []).map((port, position) => ({ port, container: index, at: `${path}.${list}[${index}].ports[${position}]` })),
    );
  const seen: ReturnType<typeof portsOf> = [];
  for (const one of portsOf('containers')) {
    const earlier = seen.find(
      ({ port }) =>
        port.containerPort === one.port.containerPort &&
        (port.protocol ?? 'TCP') === (one.port.protocol ?? 'TCP') &&
        (port.hostIP ?? '') === (one.port.hostIP ?? '') &&
        (port.hostPort ?? 0) === (one.port.hostPort ?? 0),
    );
    if (earlier) {
      warnings.push(`${one.at}: duplicate port definition with ${earlier.at}`);
    }
    seen.push(one);
  }
  return warnings;
}
