// Validation of the security contexts of pods and containers.
import type { FieldError } from '../resources/kind.ts';
import { userId } from '../values/names.ts';
import { duplicate, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { inGoForm, type Shape } from './go-form.ts';
import { validateDescendingPath } from './paths.ts';
import type { PodSecurityContext, PodSpec, SecurityContext } from './pod-types.ts';

type SeccompProfile = SecurityContext['seccompProfile'];
type AppArmorProfile = SecurityContext['appArmorProfile'];

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'] as const;
const sysctlName = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlPattern = new RegExp(sysctlName);

const internalSecurityContext: Shape = {
  Capabilities: 'null',
  Privileged: 'null',
  SELinuxOptions: 'null',
  WindowsOptions: 'null',
  RunAsUser: 'null',
  RunAsGroup: 'null',
  RunAsNonRoot: 'null',
  ReadOnlyRootFilesystem: 'null',
  AllowPrivilegeEscalation: 'null',
  ProcMount: 'null',
  SeccompProfile: 'null',
  AppArmorProfile: 'null',
};

export function validateSecurityContext(context: SecurityContext | null | undefined, hostUsers: boolean, path: string): FieldError[] {
  if (!context) {
    return [];
  }
  const errors = [...validateId(context.runAsUser, `${path}.runAsUser`), ...validateId(context.runAsGroup, `${path}.runAsGroup`)];
  if (context.procMount) {
    if (context.procMount !== 'Default' && context.procMount !== 'Unmasked') {
      errors.push(notSupported(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']));
    } else if (hostUsers && context.procMount === 'Unmasked') {
      errors.push(invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`'));
    }
  }
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    const shown = inGoForm(context, internalSecurityContext);
    if (context.privileged) {
      errors.push(invalid(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
      errors.push(invalid(path, shown, detail));
    }
  }
  return [...errors, ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`)];
}

export function validatePodSecurityContext(context: PodSecurityContext | null | undefined, spec: PodSpec, path: string): FieldError[] {
  if (!context) {
    return [];
  }
  const errors: FieldError[] = [];
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    errors.push(...validateId(context[field], `${path}.${field}`));
  }
  context.supplementalGroups?.forEach((group, index) => errors.push(...validateId(group, `${path}.supplementalGroups[${index}]`)));
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  errors.push(...validateSysctls(context.sysctls ?? [], spec, `${path}.sysctls`));
  errors.push(...oneOf(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${path}.fsGroupChangePolicy`));
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  errors.push(...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`));
  errors.push(...oneOf(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${path}.supplementalGroupsPolicy`));
  errors.push(...oneOf(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], `${path}.seLinuxChangePolicy`));
  return errors;
}

function validateId(id: number | null | undefined, path: string): FieldError[] {
  return typeof id === 'number' ? invalidFor(path, id, userId(id)) : [];
}

function oneOf(value: string | null | undefined, supported: readonly string[], path: string): FieldError[] {
  return value && !supported.includes(value) ? [notSupported(path, value, supported)] : [];
}

function validateSysctls(sysctls: readonly { name?: string }[], spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { name = '' }] of sysctls.entries()) {
    const at = `${path}[${index}].name`;
    if (name === '') {
      errors.push(required(at));
    } else if (name.length > 253 || !sysctlPattern.test(name)) {
      errors.push(invalid(at, name, `must have at most 253 characters and match regex ${sysctlName}`));
    } else if (seen.has(name)) {
      errors.push(duplicate(at, name));
    }
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork && dotted.startsWith('net.')) {
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && /^(kernel\.(sem|shm|msg)|fs\.mqueue\.)/.test(dotted)) {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
    seen.add(name);
  }
  return errors;
}

function validateSeccomp(profile: SeccompProfile | null, path: string): FieldError[] {
  if (!profile) {
    return [];
  }
  const errors: FieldError[] = [];
  if (!profile.type) {
    errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  } else {
    errors.push(...oneOf(profile.type, profileTypes, `${path}.type`));
  }
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (typeof local !== 'string') {
      errors.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    } else {
      errors.push(...validateDescendingPath(local, `${path}.localhostProfile`));
    }
  } else if (typeof local === 'string') {
    errors.push(invalid(`${path}.localhostProfile`, profile, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

function validateAppArmor(profile: AppArmorProfile | null, path: string): FieldError[] {
  if (!profile) {
    return [];
  }
  const local = profile.localhostProfile;
  if (!profile.type) {
    return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
  }
  if (profile.type === 'Localhost') {
    return local?.trim() ? [] : [required(`${path}.localhostProfile`, 'must be set when AppArmor type is Localhost')];
  }
  const errors = oneOf(profile.type, profileTypes, `${path}.type`);
  if (errors.length === 0 && typeof local === 'string') {
    errors.push(invalid(`${path}.localhostProfile`, local, 'can only be set when AppArmor type is Localhost'));
  }
  return errors;
}
