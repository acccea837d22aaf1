// Ports by number or by name, and protocols, shared by containers, probes, services and endpoints.
import type { FieldError } from '../resources/kind.ts';
import type { IntOrString } from '../values/int-or-string.ts';
import { portName, portNumber } from '../values/names.ts';
import { invalidFor, notSupported, required } from './field-errors.ts';

export const protocols = ['SCTP', 'TCP', 'UDP'] as const;

export function validatePort(port: IntOrString | null | undefined, path: string): FieldError[] {
  const value = port ?? 0;
  return typeof value === 'number' ? invalidFor(path, value, portNumber(value)) : invalidFor(path, value, portName(value));
}

export function validateProtocol(protocol: string | null | undefined, path: string): FieldError[] {
  if (!protocol) {
    return [required(path)];
  }
  return (protocols as readonly string[]).includes(protocol) ? [] : [notSupported(path, protocol, protocols)];
}
