// What is asked of the policies: an action on a resource, by somebody, under circumstances.

/** Values by condition keys in lower case: `aws:requesttag/team`, `ecs:cluster`. A list where a key has several values. */
export type ConditionValues = Readonly<Record<string, string | readonly string[]>>;

export interface AccessRequest {
  action: string;
  resource: string;
  values: ConditionValues;
}

/** Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`. Undefined when a variable has no value: the element matches nothing then. */
export function withVariables(text: string, values: ConditionValues): string | undefined {
  if (!text.includes('${')) {
    return text;
  }
  let isComplete = true;
  const result = text.replaceAll(/\$\{([^{}]*)\}/g, (_whole, inner: string) => {
    if (['*', '?', '$'].includes(inner)) {
      return inner;
    }
    const [name = '', fallback] = inner.split(/,\s*'/, 2);
    const value = values[name.trim().toLowerCase()];
    if (typeof value === 'string') {
      return value;
    }
    if (fallback !== undefined) {
      return fallback.replace(/'\s*$/, '');
    }
    isComplete = false;
    return '';
  });
  return isComplete ? result : undefined;
}
