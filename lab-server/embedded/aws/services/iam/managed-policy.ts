// How AWS's managed policies are written down here.

type Statement = {
  Effect: 'Allow' | 'Deny';
  Action?: readonly string[];
  NotAction?: readonly string[];
  Resource: string | readonly string[];
  Condition?: object;
};

export interface ManagedPolicy {
  path?: string;
  name: string;
  /** Number of the default version. */
  version?: number;
  statements: readonly Statement[];
}

export function allow(...actions: readonly string[]): Statement {
  return { Effect: 'Allow', Action: actions, Resource: '*' };
}

/** A role that a service may be given, as full-access policies allow it. */
export function passRole(...services: readonly string[]): Statement {
  return { Effect: 'Allow', Action: ['iam:PassRole'], Resource: '*', Condition: { StringLike: { 'iam:PassedToService': services } } };
}
