// Validation of a pod's volumes. Types of volume that need hardware or a cloud are checked for their name alone.
import type { FieldError } from '../resources/kind.ts';
import { dns1123Label } from '../values/names.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import { fileFields, validateFieldRef, validateResourceFieldRef } from './environment.ts';
import { duplicate, forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateNoBacksteps, validateUnreservedPath } from './paths.ts';
import type { Volume } from './pod-types.ts';

type KeyToPath = NonNullable<NonNullable<Volume['secret']>['items']>[number];
type DownwardFile = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];
type Projected = NonNullable<Volume['projected']>;

const modeRange = 'must be a number between 0 and 0777 (octal), both inclusive';
const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const at = `${path}[${index}]`;
    const name = volume.name ?? '';
    errors.push(...validateSource(volume, at));
    if (name === '') {
      errors.push(required(`${at}.name`));
    } else {
      errors.push(...invalidFor(`${at}.name`, name, dns1123Label(name)));
    }
    if (names.has(name)) {
      errors.push(duplicate(`${at}.name`, name));
    }
    names.add(name);
  }
  return errors;
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const given = (Object.keys(volume) as (keyof Volume)[]).filter(
    (key) => key !== 'name' && volume[key] !== null && volume[key] !== undefined,
  );
  const [first, ...others] = given;
  if (first === undefined) {
    return [required(path, 'must specify a volume type')];
  }
  return [
    ...validateType(volume, first, `${path}.${first}`),
    ...others.map((type) => forbidden(`${path}.${type}`, 'may not specify more than 1 volume type')),
  ];
}

function validateType(volume: Volume, type: keyof Volume, path: string): FieldError[] {
  switch (type) {
    case 'emptyDir': {
      const limit = tryParseQuantity(volume.emptyDir?.sizeLimit);
      return limit && limit.nanos < 0n ? [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')] : [];
    }
    case 'hostPath':
      return validateHostPath(volume.hostPath?.path ?? '', volume.hostPath?.type, path);
    case 'configMap':
      return validateFiles(volume.configMap?.name, 'name', volume.configMap?.defaultMode, volume.configMap?.items, path);
    case 'secret':
      return validateFiles(volume.secret?.secretName, 'secretName', volume.secret?.defaultMode, volume.secret?.items, path);
    case 'persistentVolumeClaim':
      return volume.persistentVolumeClaim?.claimName ? [] : [required(`${path}.claimName`)];
    case 'downwardAPI':
      return [
        ...validateMode(volume.downwardAPI?.defaultMode, `${path}.defaultMode`),
        ...(volume.downwardAPI?.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
      ];
    case 'projected':
      return validateProjected(volume.projected ?? {}, path);
    case 'nfs':
      return validateNfs(volume.nfs, path);
    case 'csi':
      return volume.csi?.driver ? [] : [required(`${path}.driver`)];
    case 'ephemeral':
      return volume.ephemeral?.volumeClaimTemplate ? [] : [required(`${path}.volumeClaimTemplate`)];
    case 'image':
      return volume.image?.reference ? [] : [required(`${path}.reference`)];
    default:
      return [];
  }
}

export function validateHostPath(hostPath: string, type: string | null | undefined, path: string): FieldError[] {
  if (hostPath === '') {
    return [required(`${path}.path`)];
  }
  const errors = validateNoBacksteps(hostPath, `${path}.path`);
  if (type && !hostPathTypes.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, hostPathTypes));
  }
  return errors;
}

function validateNfs(nfs: Volume['nfs'], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!nfs?.server) {
    errors.push(required(`${path}.server`));
  }
  if (!nfs?.path) {
    errors.push(required(`${path}.path`));
  } else if (!nfs.path.startsWith('/')) {
    errors.push(invalid(`${path}.path`, nfs.path, 'must be an absolute path'));
  }
  return errors;
}

function validateFiles(
  name: string | undefined,
  nameField: string,
  mode: number | undefined,
  items: readonly KeyToPath[] | undefined,
  path: string,
): FieldError[] {
  return [...(name ? [] : [required(`${path}.${nameField}`)]), ...validateMode(mode, `${path}.defaultMode`), ...validateItems(items, path)];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const at = `${path}.items[${index}]`;
    return [
      ...(item.key ? [] : [required(`${at}.key`)]),
      ...(item.path ? validateUnreservedPath(item.path, `${at}.path`) : [required(`${at}.path`)]),
      ...validateMode(item.mode, `${at}.mode`),
    ];
  });
}

function validateMode(mode: number | null | undefined, path: string): FieldError[] {
  return typeof mode === 'number' && (mode < 0 || mode > 0o777) ? [invalid(path, mode, modeRange)] : [];
}

function validateDownwardFile(file: DownwardFile, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!file.path) {
    errors.push(required(`${path}.path`));
  }
  errors.push(...validateUnreservedPath(file.path ?? '', `${path}.path`));
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, fileFields, `${path}.fieldRef`));
    if (file.resourceFieldRef) {
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    }
  } else if (file.resourceFieldRef) {
    errors.push(...validateResourceFieldRef(file.resourceFieldRef, true, `${path}.resourceFieldRef`));
  } else {
    errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...validateMode(file.mode, `${path}.mode`)];
}

function validateProjected(projected: Projected, path: string): FieldError[] {
  const errors = validateMode(projected.defaultMode, `${path}.defaultMode`);
  const taken = new Set<string>();
  const take = (file: string | undefined, source: string) => {
    if (file !== undefined && file !== '' && taken.has(file)) {
      errors.push(invalid(path, source, `conflicting duplicate paths`));
    }
    taken.add(file ?? '');
  };
  for (const [index, source] of (projected.sources ?? []).entries()) {
    const at = `${path}.sources[${index}]`;
    const types = Object.entries(source).filter(([, value]) => value !== null && value !== undefined);
    for (const [type] of types.slice(1)) {
      errors.push(forbidden(`${at}.${type}`, 'may not specify more than 1 volume type'));
    }
    for (const type of ['configMap', 'secret'] as const) {
      const files = source[type];
      if (files) {
        errors.push(...(files.name ? [] : [required(`${at}.${type}.name`)]), ...validateItems(files.items, `${at}.${type}`));
        files.items?.forEach((item) => take(item.path, files.name ?? ''));
      }
    }
    source.downwardAPI?.items?.forEach((file) => {
      errors.push(...validateDownwardFile(file, `${at}.downwardAPI`));
      take(file.path, 'downwardAPI');
    });
    if (source.serviceAccountToken) {
      errors.push(...validateToken(source.serviceAccountToken, `${at}.serviceAccountToken`));
      take(source.serviceAccountToken.path, 'serviceAccountToken');
    }
  }
  return errors;
}

function validateToken(token: { expirationSeconds?: number; path: string }, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seconds = token.expirationSeconds;
  if (typeof seconds === 'number' && seconds < 600) {
    errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (typeof seconds === 'number' && seconds > 2 ** 32) {
    errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  return [...errors, ...(token.path ? validateUnreservedPath(token.path, `${path}.path`) : [required(`${path}.path`)])];
}
