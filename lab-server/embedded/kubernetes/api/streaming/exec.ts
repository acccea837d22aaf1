// Runs a command in a container for `kubectl exec`, and ties a client to a container's own process for `kubectl attach`.
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { messageOf } from '../../../../base/index.ts';
import { type Container, ExecNotFound } from '../../../runtime/runtime.ts';
import { containerOf, kubeletOf, podOf } from './container-choice.ts';
import type { StreamingHost, StreamingTarget } from './host.ts';
import { exitStatus, internalStatus, type StreamStatus } from './remote-status.ts';
import type { RemoteStreams, StreamOptions } from './remote-streams.ts';

/** What is known before the connection is upgraded. Throws ApiError when the request names no container that could be. */
export interface RemoteCommand {
  run: (streams: RemoteStreams, options: StreamOptions) => Promise<void>;
}

export function execCommand(host: StreamingHost, target: StreamingTarget): RemoteCommand {
  const find = locate(host, target);
  const command = target.query.getAll('command');
  return {
    run: (streams, options) =>
      finishWith(streams, async () => {
        const container = find.container();
        if (!container) {
          return internalStatus(`unable to upgrade connection: container not found ("${find.name}")`);
        }
        try {
          const exitCode = await container.exec({
            command,
            tty: options.tty,
            ...(streams.stdin ? { stdin: streams.stdin } : {}),
            stdout: streams.stdout,
            stderr: streams.stderr,
            signal: streams.gone,
            sizes: streams.sizes,
          });
          return exitStatus(exitCode);
        } catch (error) {
          if (!(error instanceof ExecNotFound)) {
            host.report(error);
          }
          return internalStatus(`Internal error occurred: error executing command in container: ${execFailure(error, container)}`);
        }
      }),
  };
}

export function attachCommand(host: StreamingHost, target: StreamingTarget): RemoteCommand {
  const find = locate(host, target);
  return {
    run: (streams, options) =>
      finishWith(streams, async () => {
        const container = find.container();
        if (!container) {
          return internalStatus(`unable to upgrade connection: container ${find.name} not found in pod ${target.pod}_${target.namespace}`);
        }
        await container.attach({
          ...(streams.stdin ? { stdin: streams.stdin } : {}),
          stdout: streams.stdout,
          stderr: options.tty ? streams.stdout : streams.stderr,
          signal: streams.gone,
          sizes: streams.sizes,
        });
        return exitStatus(0);
      }),
  };
}

function locate(host: StreamingHost, target: StreamingTarget): { name: string; container: () => Container | undefined } {
  const pod = podOf(host, target);
  const name = containerOf(pod, target.query.get('container'));
  const kubelet = kubeletOf(host, pod);
  return {
    name,
    container() {
      const handle = kubelet?.container(pod.metadata.uid, name);
      return handle?.current?.state === 'running' ? handle.current : undefined;
    },
  };
}

async function finishWith(streams: RemoteStreams, work: () => Promise<StreamStatus>): Promise<void> {
  const status = await work();
  await Promise.all([flush(streams.stdout), flush(streams.stderr)]);
  if (!streams.gone.aborted) {
    await streams.finish(status);
  }
}

/** All that was written is on its way before the outcome is told. */
async function flush(stream: Writable): Promise<void> {
  if (!stream.writableEnded) {
    stream.end();
  }
  // A client that has gone away is told by `gone`, not here.
  await finished(stream, { readable: false }).catch(() => undefined);
}

/** containerd names the exec by an id of its own. */
function execFailure(error: unknown, container: Container): string {
  const message = messageOf(error);
  return error instanceof ExecNotFound ? `failed to exec in container: failed to start exec "${container.id}": ${message}` : message;
}
