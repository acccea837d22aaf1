// Validation of containers: regular, init (and sidecar), ephemeral.
import type { FieldError } from '../resources/kind.ts';
import { dns1123Label, portName, portNumber } from '../values/names.ts';
import { validateContainerResources } from './container-resources.ts';
import { validateEnvironment, validateEnvironmentSources } from './environment.ts';
import { duplicate, forbidden, invalid, invalidFor, notFound, notSupported, required } from './field-errors.ts';
import { validateDescendingPath } from './paths.ts';
import type { Container, PodSpec, VolumeMount } from './pod-types.ts';
import { validateProtocol } from './ports.ts';
import { validateLifecycle, validateProbes } from './probes.ts';
import { validateSecurityContext } from './security-context.ts';

/** What containers of one pod share. */
export interface ContainerSurroundings {
  spec: PodSpec;
  grace: number | undefined;
  hostUsers: boolean;
}

type ContainerPort = NonNullable<Container['ports']>[number];

export function validateContainers(containers: readonly Container[], around: ContainerSurroundings, path: string): FieldError[] {
  if (containers.length === 0) {
    return [required(path)];
  }
  const names = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const found = validateContainer(container, around, at);
    if (names.has(container.name ?? '')) {
      found.push(duplicate(`${at}.name`, container.name ?? ''));
    }
    names.add(container.name ?? '');
    if (container.lifecycle) {
      found.push(...validateLifecycle(container.lifecycle, around.grace, around.spec.os?.name, `${at}.lifecycle`));
    }
    found.push(...validateProbes(container, around.grace, at), ...validateOwnRestartPolicy(container, at));
    return found;
  });
  return [...errors, ...validateHostPortsDiffer(containers, path)];
}

export function validateInitContainers(containers: readonly Container[], around: ContainerSurroundings, path: string): FieldError[] {
  const names = new Set((around.spec.containers ?? []).map((container) => container.name));
  return containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const errors = [...validateContainer(container, around, at), ...validateOwnRestartPolicy(container, at)];
    if (names.has(container.name)) {
      errors.push(duplicate(`${at}.name`, container.name ?? ''));
    } else if (container.name) {
      names.add(container.name);
    }
    errors.push(...validateHostPortsDiffer([container], path));
    if (container.restartPolicy === 'Always') {
      if (container.lifecycle) {
        errors.push(...validateLifecycle(container.lifecycle, around.grace, around.spec.os?.name, `${at}.lifecycle`));
      }
      errors.push(...validateProbes(container, around.grace, at));
    } else {
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[field]) {
          errors.push(forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
        }
      }
    }
    return errors;
  });
}

/** Fields that a container which only helps to debug must not have. */
const notForEphemeral = [
  'ports',
  'resources',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const;

export function validateEphemeralContainers(around: ContainerSurroundings, path: string): FieldError[] {
  const { spec } = around;
  const targets = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.name));
  const names = new Set(targets);
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const errors = validateContainer(container, around, at);
    if (names.has(container.name)) {
      errors.push(duplicate(`${at}.name`, container.name ?? ''));
    }
    names.add(container.name);
    if (container.targetContainerName && !targets.has(container.targetContainerName)) {
      errors.push(notFound(`${at}.targetContainerName`, container.targetContainerName));
    }
    for (const field of notForEphemeral) {
      const value = container[field];
      if (value && Object.keys(value).length > 0) {
        errors.push(forbidden(`${at}.${field}`, 'cannot be set for an Ephemeral Container'));
      }
    }
    container.volumeMounts?.forEach((mount, position) => {
      if (mount.subPath) {
        errors.push(forbidden(`${at}.volumeMounts[${position}].subPath`, 'cannot be set for an Ephemeral Container'));
      }
    });
    return errors;
  });
}

function validateContainer(container: Container, around: ContainerSurroundings, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const name = container.name ?? '';
  errors.push(...(name === '' ? [required(`${path}.name`)] : invalidFor(`${path}.name`, name, dns1123Label(name))));
  if (!container.image) {
    errors.push(required(`${path}.image`));
  }
  errors.push(
    ...oneOf(container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError'], `${path}.terminationMessagePolicy`),
    ...validatePorts(container.ports ?? [], `${path}.ports`),
    ...validateEnvironment(container.env ?? [], `${path}.env`),
    ...validateEnvironmentSources(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container, around.spec, `${path}.volumeMounts`),
    ...oneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`),
    ...validateContainerResources(container.resources, `${path}.resources`),
    ...validateResizePolicy(container, around.spec.restartPolicy, `${path}.resizePolicy`),
    ...validateSecurityContext(container.securityContext, around.hostUsers, `${path}.securityContext`),
  );
  return errors;
}

function oneOf(value: string | undefined, supported: readonly string[], path: string): FieldError[] {
  if (!value) {
    return [required(path)];
  }
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

function validatePorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (port.name) {
      const problems = portName(port.name);
      if (problems.length > 0) {
        errors.push(...invalidFor(`${at}.name`, port.name, problems));
      } else if (names.has(port.name)) {
        errors.push(duplicate(`${at}.name`, port.name));
      }
      names.add(port.name);
    }
    if (!port.containerPort) {
      errors.push(required(`${at}.containerPort`));
    } else {
      errors.push(...invalidFor(`${at}.containerPort`, port.containerPort, portNumber(port.containerPort)));
    }
    if (port.hostPort) {
      errors.push(...invalidFor(`${at}.hostPort`, port.hostPort, portNumber(port.hostPort)));
    }
    return [...errors, ...validateProtocol(port.protocol, `${at}.protocol`)];
  });
}

function validateHostPortsDiffer(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol }, position) => {
      if (!hostPort) {
        return [];
      }
      const text = `${protocol ?? ''}/${hostIP ?? ''}/${hostPort}`;
      const again = taken.has(text);
      taken.add(text);
      return again ? [duplicate(`${path}[${index}].ports[${position}].hostPort`, text)] : [];
    }),
  );
}

function validateMounts(container: Container, spec: PodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const points = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount: VolumeMount, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (!mount.name) {
      errors.push(required(`${at}.name`));
    }
    if (!volumes.has(mount.name)) {
      errors.push(notFound(`${at}.name`, mount.name ?? ''));
    }
    const point = mount.mountPath ?? '';
    if (point === '') {
      errors.push(required(`${at}.mountPath`));
    }
    if (points.has(point)) {
      errors.push(invalid(`${at}.mountPath`, point, 'must be unique'));
    }
    points.add(point);
    if (mount.subPath) {
      errors.push(...validateDescendingPath(mount.subPath, `${path}.subPath`));
    }
    if (mount.subPathExpr) {
      if (mount.subPath) {
        errors.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      }
      errors.push(...validateDescendingPath(mount.subPathExpr, `${path}.subPathExpr`));
    }
    return errors;
  });
}

function validateResizePolicy(container: Container, podRestartPolicy: string | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return (container.resizePolicy ?? []).flatMap((policy, index) => {
    const errors: FieldError[] = [];
    if (seen.has(policy.resourceName)) {
      errors.push(duplicate(`${path}[${index}]`, policy.resourceName));
    }
    seen.add(policy.resourceName);
    errors.push(
      ...oneOf(policy.resourceName, ['cpu', 'memory'], path),
      ...oneOf(policy.restartPolicy, ['NotRequired', 'RestartContainer'], path),
    );
    if (podRestartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired') {
      errors.push(invalid(path, policy.restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

/** A container's own restart policy, and the rules that refine it. */
function validateOwnRestartPolicy(container: Container, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const rules = container.restartPolicyRules ?? [];
  if (!container.restartPolicy) {
    return rules.length === 0 ? [] : [required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')];
  }
  errors.push(...oneOf(container.restartPolicy, ['Always', 'Never', 'OnFailure'], `${path}.restartPolicy`));
  for (const [index, rule] of rules.entries()) {
    const at = `${path}.restartPolicyRules[${index}]`;
    errors.push(...(rule.action === 'Restart' ? [] : [notSupported(`${at}.action`, rule.action ?? '', ['Restart'])]));
    if (!rule.exitCodes) {
      errors.push(required(`${at}.exitCodes`, 'must be specified'));
    } else if (rule.exitCodes.operator !== 'In' && rule.exitCodes.operator !== 'NotIn') {
      errors.push(notSupported(`${at}.exitCodes.operator`, rule.exitCodes.operator ?? '', ['In', 'NotIn']));
    }
  }
  return errors;
}
