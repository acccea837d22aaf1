// Admission: what the cluster adds to, or refuses of, a write that its sender is allowed to make. One file per rule beside this one.
import type { KubernetesObject } from '../../types.ts';
import type { ApiCore, User } from '../core.ts';
import type { Resource } from '../registry.ts';

/** A write on its way into the store. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: Resource;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Changed in place by `admit`. Absent when deleting. */
  readonly object: KubernetesObject | undefined;
  readonly old: KubernetesObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  warn(text: string): void;
}

/** One rule. Throws ApiError to refuse. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Completes the object, before it is validated. */
  admit?(request: AdmissionRequest, core: ApiCore): void;
  /** Judges the final object. */
  validate?(request: AdmissionRequest, core: ApiCore): void;
}

/** The rules in the order in which the real server runs them. */
export class Admission {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  admit(request: AdmissionRequest, core: ApiCore): void {
    for (const plugin of this.#plugins) {
      plugin.admit?.(request, core);
    }
  }

  validate(request: AdmissionRequest, core: ApiCore): void {
    for (const plugin of this.#plugins) {
      plugin.validate?.(request, core);
    }
  }
}
