// Health checks of containers: a command inside the container, at the interval that the definition says (API reference, HealthCheck).
import { PassThrough } from 'node:stream';
import type { Clock } from '../../../../../base/index.ts';
import type { Container } from '../../../../runtime/runtime.ts';
import type { ContainerDefinition } from '../state.ts';

const SECOND = 1000;

export type Health = 'HEALTHY' | 'UNHEALTHY';
type HealthCheck = NonNullable<ContainerDefinition['healthCheck']>;

/** What is executed; undefined when the definition switches the check off. */
export function checkCommand(check: HealthCheck): string[] | undefined {
  const [form, ...rest] = check.command ?? [];
  return form === 'CMD-SHELL' ? ['/bin/sh', '-c', rest.join(' ')] : form === 'CMD' ? rest : undefined;
}

/** Checks until `signal` aborts, and tells of each change. */
export async function watchHealth(
  container: Container,
  check: HealthCheck,
  clock: Clock,
  signal: AbortSignal,
  onChange: (health: Health) => void,
): Promise<void> {
  const command = checkCommand(check);
  if (!command) {
    return;
  }
  const startedAt = clock.now();
  let failures = 0;
  let health: Health | undefined;
  const become = (next: Health): void => {
    if (next !== health) {
      health = next;
      onChange(next);
    }
  };
  for (;;) {
    try {
      await clock.sleep((check.interval ?? 30) * SECOND, signal);
    } catch {
      return;
    }
    const isStarting = health === undefined && clock.now() - startedAt < (check.startPeriod ?? 0) * SECOND;
    if (await passes(container, command, (check.timeout ?? 5) * SECOND, clock, signal)) {
      failures = 0;
      become('HEALTHY');
    } else if (!signal.aborted && !isStarting) {
      failures += 1;
      if (failures >= (check.retries ?? 3)) {
        become('UNHEALTHY');
      }
    }
  }
}

async function passes(
  container: Container,
  command: readonly string[],
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const timeout = new AbortController();
  const timer = clock.schedule(timeoutMs, () => timeout.abort());
  const output = new PassThrough().resume();
  try {
    const code = await container.exec({
      command,
      tty: false,
      stdout: output,
      stderr: output,
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    return code === 0 && !timeout.signal.aborted;
  } catch {
    // The command does not exist, or the container ended meanwhile: either way it did not pass.
    return false;
  } finally {
    timer[Symbol.dispose]();
    output.destroy();
  }
}
