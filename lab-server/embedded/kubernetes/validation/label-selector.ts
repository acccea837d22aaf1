// Validation of structured label selectors (k8s.io/apimachinery/pkg/apis/meta/v1/validation).
import type { FieldError } from '../resources/kind.ts';
import type { LabelSelector } from '../types.ts';
import type { Unchecked } from './unchecked.ts';
import { labelValue, qualifiedName } from '../values/names.ts';
import { forbidden, invalid, invalidFor, required } from './field-errors.ts';
import { validateLabels } from './object-meta.ts';

export function validateLabelSelector(selector: Unchecked<LabelSelector> | null | undefined, path: string): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, `${path}.matchLabels`);
  for (const [index, { key, operator, values }] of (selector?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    const count = values?.length ?? 0;
    if (operator === 'In' || operator === 'NotIn') {
      if (count === 0) {
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (count > 0) {
        errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
    } else {
      errors.push(invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
    }
    errors.push(...invalidFor(`${at}.key`, key ?? '', qualifiedName(key ?? '')));
    for (const [position, value] of (values ?? []).entries()) {
      errors.push(...invalidFor(`${at}.values[${position}]`, value, labelValue(value)));
    }
  }
  return errors;
}
