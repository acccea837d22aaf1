// A failure of a command, printed as minikube prints its own: a mark, the reason's code, the text.

/** Reasons minikube has a code for (https://minikube.sigs.k8s.io/docs/contrib/errorcodes/), and one of ours for what is not simulated. */
export type FailureCode = 'MK_USAGE' | 'SVC_NOT_FOUND' | 'DOCKSIDE_NOT_SIMULATED' | 'K8S_UNREACHABLE';

const EXIT_STATUS: Record<FailureCode, number> = { MK_USAGE: 64, SVC_NOT_FOUND: 115, DOCKSIDE_NOT_SIMULATED: 1, K8S_UNREACHABLE: 69 };

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
