// Turns a container of a pod into what the runtime starts: command, environment, mounts, user, limits.
import type { ContainerSpec as RuntimeSpec, Image, Mount } from '../../runtime/runtime.ts';
import type { Pod } from '../types.ts';
import { milliValue, tryParseQuantity, wholeValue } from '../values/index.ts';
import { identityOf } from './container-identity.ts';
import type { ContainerRecord } from './container-record.ts';
import { containerEnvironment } from './environment/environment.ts';
import { expand } from './environment/expansion.ts';
import type { ContainerSpec } from './kinds.ts';
import type { PodSandbox } from './pod-sandbox.ts';
import type { PayloadSources } from './volumes/payload.ts';

export interface ContainerConfig {
  spec: RuntimeSpec;
  user: NonNullable<ContainerRecord['user']>;
}

/** Throws ConfigError when something it refers to is missing. */
export async function containerConfig(
  pod: Pod,
  container: ContainerSpec,
  image: Image,
  sandbox: PodSandbox,
  sources: PayloadSources,
): Promise<ContainerConfig> {
  const identity = identityOf(pod, container, image);
  const env = containerEnvironment({ ...sources, container });
  const mounts: Mount[] = [sandbox.hostsMount, ...(await sandbox.volumes.mountsOf(container, env))];
  const limits = limitsOf(container);
  // Overriding the entrypoint drops the image's command as well.
  const command = container.args ?? (container.command ? [] : undefined);
  return {
    user: identity.status,
    spec: {
      name: container.name,
      image,
      ...(container.command ? { entrypoint: container.command.map((word) => expand(word, env)) } : {}),
      ...(command ? { command: command.map((word) => expand(word, env)) } : {}),
      env,
      ...(container.workingDir ? { workingDir: container.workingDir } : {}),
      mounts,
      endpoint: sandbox.endpoint,
      hostname: sandbox.hostname,
      resolvConf: sandbox.resolvConf,
      readOnlyRootFilesystem: container.securityContext?.readOnlyRootFilesystem === true,
      limits,
      tty: container.tty === true,
      stdin: container.stdin === true,
      ...(identity.user === undefined ? {} : { user: identity.user }),
    },
  };
}

/** A container's limits as the runtime takes them. */
export function limitsOf(container: Pick<ContainerSpec, 'resources'>): NonNullable<RuntimeSpec['limits']> {
  const cpu = tryParseQuantity(container.resources?.limits?.['cpu']);
  const memory = tryParseQuantity(container.resources?.limits?.['memory']);
  return { ...(cpu ? { cpuMillicores: milliValue(cpu) } : {}), ...(memory ? { memoryBytes: wholeValue(memory) } : {}) };
}
