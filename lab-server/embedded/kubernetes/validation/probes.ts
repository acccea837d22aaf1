// Validation of probes and lifecycle handlers.
import type { FieldError } from '../resources/kind.ts';
import { httpHeaderName } from '../values/names.ts';
import { forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateNonNegative } from './object-meta.ts';
import type { Container, Lifecycle, LifecycleHandler, Probe } from './pod-types.ts';
import { validatePort } from './ports.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

export function validateProbes(container: Container, grace: number | undefined, path: string): FieldError[] {
  return [
    ...validateOnceOnly(container.livenessProbe, grace, `${path}.livenessProbe`),
    ...validateReadiness(container.readinessProbe, grace, `${path}.readinessProbe`),
    ...validateOnceOnly(container.startupProbe, grace, `${path}.startupProbe`),
  ];
}

export function validateLifecycle(lifecycle: Lifecycle, grace: number | undefined, osName: string | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (lifecycle.postStart) {
    errors.push(...validateHandler(lifecycle.postStart, grace, `${path}.postStart`));
  }
  if (lifecycle.preStop) {
    errors.push(...validateHandler(lifecycle.preStop, grace, `${path}.preStop`));
  }
  if (lifecycle.stopSignal && !osName) {
    errors.push(forbidden(`${path}.stopSignal`, 'may not be set for containers with empty `spec.os.name`'));
  }
  return errors;
}

/** Liveness and startup probes: one success is enough, and must be. */
function validateOnceOnly(probe: Probe | null | undefined, grace: number | undefined, path: string): FieldError[] {
  if (!probe) {
    return [];
  }
  const errors = validateProbe(probe, grace, path);
  if (probe.successThreshold !== 1) {
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
  }
  return errors;
}

function validateReadiness(probe: Probe | null | undefined, grace: number | undefined, path: string): FieldError[] {
  if (!probe) {
    return [];
  }
  const errors = validateProbe(probe, grace, path);
  if (typeof probe.terminationGracePeriodSeconds === 'number') {
    const field = `${path}.terminationGracePeriodSeconds`;
    errors.push(invalid(field, probe.terminationGracePeriodSeconds, 'must not be set for readinessProbes'));
  }
  return errors;
}

function validateProbe(probe: Probe, grace: number | undefined, path: string): FieldError[] {
  const errors = validateHandler(probe, grace, path);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    errors.push(...validateNonNegative(probe[field], `${path}.${field}`));
  }
  const ownGrace = probe.terminationGracePeriodSeconds;
  if (typeof ownGrace === 'number' && ownGrace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, ownGrace, 'must be greater than 0'));
  }
  return errors;
}

function validateHandler(handler: Handler, grace: number | undefined, path: string): FieldError[] {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((type) => handler[type]);
  const [first, ...others] = given;
  if (first === undefined) {
    return [required(path, 'must specify a handler type')];
  }
  return [
    ...validateHandlerType(handler, first, grace, `${path}.${first}`),
    ...others.map((type) => forbidden(`${path}.${type}`, 'may not specify more than 1 handler type')),
  ];
}

function validateHandlerType(handler: Handler, type: keyof Handler, grace: number | undefined, path: string): FieldError[] {
  switch (type) {
    case 'exec':
      return handler.exec?.command?.length ? [] : [required(`${path}.command`)];
    case 'httpGet':
      return validateHttpGet(handler.httpGet, path);
    case 'tcpSocket':
      return validatePort(handler.tcpSocket?.port, `${path}.port`);
    case 'grpc':
      return validatePort(handler.grpc?.port, `${path}.port`);
    case 'sleep': {
      const seconds = handler.sleep?.seconds ?? 0;
      return grace !== undefined && (seconds < 0 || seconds > grace)
        ? [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
        : [];
    }
  }
}

function validateHttpGet(action: Handler['httpGet'], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!action?.path) {
    errors.push(required(`${path}.path`));
  }
  errors.push(...validatePort(action?.port, `${path}.port`));
  if (action?.scheme !== 'HTTP' && action?.scheme !== 'HTTPS') {
    errors.push(notSupported(`${path}.scheme`, action?.scheme ?? '', ['HTTP', 'HTTPS']));
  }
  for (const { name } of action?.httpHeaders ?? []) {
    errors.push(...invalidFor(`${path}.httpHeaders`, name ?? '', httpHeaderName(name ?? '')));
  }
  return errors;
}
