// Why a task could not start, in the words that ECS puts into stoppedReason (developer guide, "Stopped tasks error messages").
import { ImagePullError } from '../../../../runtime/runtime.ts';

export class TaskFailure extends Error {
  readonly stopCode: 'TaskFailedToStart' | 'EssentialContainerExited';
  /** The container it is about, with the words for it. */
  readonly container: { name: string; reason: string } | undefined;

  constructor(
    message: string,
    options: {
      stopCode?: 'TaskFailedToStart' | 'EssentialContainerExited';
      container?: { name: string; reason: string };
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.stopCode = options.stopCode ?? 'TaskFailedToStart';
    this.container = options.container;
  }
}

/** An image that could not be pulled. Fargate and Docker say it differently. */
export function pullFailure(name: string, image: string, error: ImagePullError, isFargate: boolean): TaskFailure {
  if (isFargate) {
    const cause = error.message.replace(/^failed to pull and unpack image "[^"]*": failed to resolve reference "[^"]*": /, '');
    const reason = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${error.reference}: ${cause}`;
    return new TaskFailure(reason, { container: { name, reason }, cause: error });
  }
  const repository = image.replace(/(:[^/:]+|@.+)$/, '');
  const said =
    error.code === 'denied'
      ? `pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`
      : error.code === 'not-found'
        ? `manifest for ${image} not found: manifest unknown: manifest unknown`
        : error.message;
  return new TaskFailure('Task failed to start', {
    container: { name, reason: `CannotPullContainerError: Error response from daemon: ${said}` },
    cause: error,
  });
}

export function startFailure(name: string, error: unknown): TaskFailure {
  const said = error instanceof Error ? error.message : String(error);
  const reason = `CannotStartContainerError: ${said}`;
  return new TaskFailure(reason, { container: { name, reason }, cause: error });
}

export function isPullError(error: unknown): error is ImagePullError {
  return error instanceof ImagePullError;
}
