// What a simulated AWS service is: a closed table of operations over the service's model. One folder a service, of the same shape each:
// index.ts (the table), one file per resource, errors.ts where the service has words of its own.
import type { Clock } from '../../../base/index.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Tables } from '../state/tables.ts';

/** Who calls, after the signature was verified. */
export interface Principal {
  account: string;
  /** `arn:aws:iam::123456789012:user/learner`, `arn:aws:sts::123456789012:assumed-role/role/session`. */
  arn: string;
  /** AIDA…, or AROA…:session. */
  userId: string;
  accessKeyId: string;
  /** True for the account's root, and for whoever has its full rights. */
  isRoot: boolean;
  /** What temporary credentials know beside their identity. */
  session?: Session;
}

/** A session of STS: made from a role or a user, perhaps narrowed by policies of its own. */
export interface Session {
  kind: 'role' | 'federated' | 'user';
  /** ARN of the role or user that it was made from. */
  of: string;
  /** Documents of session policies, and ARNs of managed ones. */
  policies: readonly string[];
  policyArns: readonly string[];
  tags: Readonly<Record<string, string>>;
  transitiveTagKeys?: readonly string[];
  sourceIdentity?: string;
  hasMfa?: boolean;
}

/** Timestamps in inputs and outputs are milliseconds since the epoch, never Date: the wire protocols convert them. */
export type Timestamped<T> = T extends Date
  ? number
  : T extends Uint8Array
    ? Uint8Array
    : T extends (infer Item)[]
      ? Timestamped<Item>[]
      : T extends object
        ? { [Key in keyof T]: Timestamped<T[Key]> }
        : T;

/** What services share: state, time, the simulated machine, and each other. */
export interface AwsContext {
  readonly clock: Clock;
  readonly tables: Tables;
  readonly runtime: Runtime;
  readonly delays: AwsDelays;
  /** Calls another service in process, as `principal`, with that service's own validation and authorization. */
  call(service: string, operation: string, input: object, as: { principal: Principal; region: string }): Promise<Record<string, unknown>>;
  /**
   * Why a principal may not do what is wanted, in AWS's words ("because no identity-based policy allows the ecs:RunTask action"), by all policies
   * that bear on it; undefined when it may. The members of `input` give the conditions on tags their values.
   */
  refusal(principal: Principal, wanted: Authorization, request?: RequestFacts): string | undefined;
  /** True where every key is taken: the suites of other emulators write placeholders for trust policies, certificates and roles. */
  readonly takesPlaceholders: boolean;
}

/** What is known of a request beside who makes it. */
export interface RequestFacts {
  input?: Readonly<Record<string, unknown>>;
  region?: string;
  sourceAddress?: string;
}

/** Simulated durations in milliseconds. Durations that the learner configures are kept as they are. */
export interface AwsDelays {
  provisioning: number;
  pull: number;
  instanceBoot: number;
  deprovisioning: number;
  /** From the creation of a load balancer until it is active. */
  loadBalancer: number;
}

export interface Call extends AwsContext {
  readonly service: string;
  readonly operation: string;
  readonly principal: Principal;
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  readonly sourceAddress: string;
  /** The host name and port that the client called; undefined for calls from inside. */
  readonly host?: string;
}

/** An action on a resource, as an IAM policy names them. */
export interface Authorization {
  action: string;
  resource: string;
  /** Condition keys of the service's own, in lower case: `ecs:cluster`. */
  values?: Readonly<Record<string, string | readonly string[]>>;
  /** Tags of the resource, where IAM cannot look them up. */
  resourceTags?: Readonly<Record<string, string>>;
  /** The policy that the resource itself has. */
  resourcePolicy?: string;
}

export interface Operation<Input = never, Output = object> {
  /** What the caller must be allowed to do. Default: `<service>:<Operation>` on `*`. */
  authorize?(input: Input, call: Call): readonly Authorization[];
  /** The work. The input has passed the model: types are right, required members are there. Throws AwsError. */
  handle(input: Input, call: Call): Output | Promise<Output>;
}

/** Types an operation by the SDK's request and response types. */
export function operation<Input, Output>(definition: Operation<Timestamped<Input>, Timestamped<Omit<Output, '$metadata'>>>): Operation {
  return definition as unknown as Operation;
}

export interface ServiceDefinition {
  /** Endpoint prefix and signing name: `ecs`, `elasticloadbalancing`. */
  name: string;
  operations: Readonly<Record<string, Operation>>;
  /** Words for a missing required member, where the service has its own. */
  missingMember?(operation: string, member: string): { code: string; message: string };
  /** Runs after the state was loaded: timers that were running go on. Disposed at shutdown. */
  start?(context: AwsContext): Disposable | void;
  /** What the simulation lacks and where it differs by design, for docs/fidelity.md. */
  fidelity: { version: string; gaps: readonly string[]; differences: readonly string[] };
}
