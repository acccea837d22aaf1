// Runs a lifecycle hook: a command in the container, a request to it, or a pause.
import { messageOf } from '../../../base/index.ts';
import type { Container } from '../../runtime/runtime.ts';
import type { ContainerSpec, LifecycleHandler } from './kinds.ts';
import { execInContainer } from './probes/exec-probe.ts';
import { httpGet, httpTargetOf } from './probes/http-get.ts';
import type { WorkerContext } from './worker-context.ts';

export interface HookRequest {
  handler: LifecycleHandler;
  spec: ContainerSpec;
  container: Container;
  address: string;
  signal: AbortSignal;
}

/** Why the hook failed; undefined when it succeeded. */
export async function runHook(
  context: WorkerContext,
  { handler, spec, container, address, signal }: HookRequest,
): Promise<string | undefined> {
  try {
    if (handler.exec) {
      const { exitCode, output } = await execInContainer(container, handler.exec.command ?? [], signal);
      return exitCode === 0 ? undefined : `command exited with ${exitCode}: ${output}`;
    }
    if (handler.httpGet) {
      const { status } = await httpGet(context.network.nodeEndpoint, httpTargetOf(handler.httpGet, spec, address), signal);
      return status < 400 ? undefined : `HTTP hook failed with statuscode: ${status}`;
    }
    if (handler.sleep) {
      await context.clock.sleep(handler.sleep.seconds * 1000, signal);
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
