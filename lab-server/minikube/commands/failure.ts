// A failure of a command, printed as minikube prints its own: a mark, the reason's code, the text.

/** Reasons minikube has a code for (https://minikube.sigs.k8s.io/docs/contrib/errorcodes/), and one of ours for what is not simulated. */
export type FailureCode = keyof typeof EXIT_STATUS;

const EXIT_STATUS = {
  MK_USAGE: 64,
  MK_USAGE_NO_PROFILE: 64,
  MK_NO_PROFILE: 85,
  MK_ADDON_ENABLE: 10,
  MK_ADDON_DISABLE: 10,
  MK_CONFIG_GET: 1,
  MK_CONFIG_SET: 10,
  GUEST_NODE_RETRIEVE: 80,
  GUEST_NODE_DELETE: 80,
  GUEST_NODE_ADD: 80,
  GUEST_NODE_START: 80,
  GUEST_IMAGE_LOAD: 80,
  SVC_NOT_FOUND: 115,
  DOCKSIDE_NOT_SIMULATED: 1,
  K8S_UNREACHABLE: 69,
} as const;

export class CommandFailed extends Error {
  readonly code: FailureCode;
  readonly exitStatus: number;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
    this.exitStatus = EXIT_STATUS[code];
  }
}

/** The line for standard error. */
export function describeFailure(failure: CommandFailed): string {
  return `\n❌  Exiting due to ${failure.code}: ${failure.message}\n`;
}
