// How an exec or attach ended, as the metav1.Status that its error channel carries.
import type { Status } from '../../types.ts';

type StreamStatus = Omit<Status, 'kind' | 'apiVersion'>;

export function exitStatus(exitCode: number): StreamStatus {
  if (exitCode === 0) {
    return { metadata: {}, status: 'Success' };
  }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** A failure behind the API server; it wraps what the node said. */
export function internalStatus(message: string): StreamStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}

export type { StreamStatus };
