// Validation of claims for storage, by themselves or as templates of stateful sets.
import type { ClaimSpec } from '../resources/claim-defaults.ts';
import type { FieldError } from '../resources/kind.ts';
import { dns1123Subdomain } from '../values/names.ts';
import { formatQuantity, tryParseQuantity } from '../values/quantity.ts';
import { forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

export function validateAccessModes(modes: readonly string[], path: string): FieldError[] {
  const errors = modes.filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(path, mode, accessModes));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))) {
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

export function validateVolumeMode(mode: string | undefined, path: string): FieldError[] {
  return mode && !volumeModes.includes(mode) ? [notSupported(path, mode, volumeModes)] : [];
}

export function validatePositive(text: unknown, path: string): FieldError[] {
  const quantity = tryParseQuantity(text);
  return quantity && quantity.nanos <= 0n ? [invalid(path, formatQuantity(quantity), 'must be greater than zero')] : [];
}

export function validateClaimSpec(spec: ClaimSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.accessModes?.length) {
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  }
  errors.push(
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`),
  );
  const storage = spec.resources?.requests?.['storage'];
  errors.push(
    ...(storage === undefined ? [required(`${path}.resources[storage]`)] : validatePositive(storage, `${path}.resources[storage]`)),
  );
  if (spec.storageClassName) {
    errors.push(...invalidFor(`${path}.storageClassName`, spec.storageClassName, dns1123Subdomain(spec.storageClassName)));
  }
  errors.push(...validateVolumeMode(spec.volumeMode, `${path}.volumeMode`));
  if (spec.dataSource) {
    const { name, kind, apiGroup } = spec.dataSource;
    if (!name) {
      errors.push(required(`${path}.dataSource.name`));
    }
    if (!kind) {
      errors.push(required(`${path}.dataSource.kind`));
    } else if (!apiGroup && kind !== 'PersistentVolumeClaim') {
      errors.push(invalid(`${path}.dataSource`, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
    }
  }
  return errors;
}
