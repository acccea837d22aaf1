// The ground a pod's containers stand on: network attached and volumes mounted, with another try when that fails. It takes a moment, as a
// container runtime needs one for its sandbox: long enough that a rollout is seen to go step by step.
import { MountError } from './config-error.ts';
import type { Pod } from '../types.ts';
import { createPodSandbox, type PodSandbox } from './pod-sandbox.ts';
import type { PayloadSources } from './volumes/payload.ts';
import type { WorkerContext } from './worker-context.ts';

/** A volume that could not be mounted is tried again then, even when none of its sources changed. */
const MOUNT_RETRY_MS = 120_000;

export class PodSetup {
  readonly #context: WorkerContext;
  readonly #isRestarted: boolean;
  #sandbox: PodSandbox | undefined;
  #retryAt = 0;

  /** `isRestarted`: what ran in the pod before is lost. */
  constructor(context: WorkerContext, isRestarted: boolean) {
    this.#context = context;
    this.#isRestarted = isRestarted;
  }

  get sandbox(): PodSandbox | undefined {
    return this.#sandbox;
  }

  /** Milliseconds until another try makes sense; 0 when it does now. */
  get retryInMs(): number {
    return Math.max(0, this.#retryAt - this.#context.clock.now());
  }

  /** Something that may have been missing has changed: tries again at the next turn. */
  sourceChanged(): void {
    this.#retryAt = 0;
  }

  /**
   * Attaches and mounts. Leaves `sandbox` undefined when `signal` aborts, and with an event when a volume cannot be mounted. With `atOnce`, for
   * a pod that ran before, it takes no time.
   */
  async create(pod: Pod, atOnce: boolean, signal: AbortSignal): Promise<PodSandbox | undefined> {
    const { clock, network, nodeFiles, node, snapshots } = this.#context;
    if (!atOnce && !(await this.#wait(this.#context.sandboxes.readyInMs(), signal))) {
      return undefined;
    }
    // A machine that comes back gives its pods new addresses; a cluster that is resumed does not.
    const address = this.#isRestarted ? undefined : pod.status?.podIP;
    const restored = this.#isRestarted ? undefined : snapshots?.get(pod.metadata.uid);
    const sandbox = await createPodSandbox(pod, node, {
      clock,
      network,
      nodeFiles,
      ...(address ? { address } : {}),
      ...(restored ? { restored } : {}),
    });
    const mounted = await this.#mount(pod, sandbox);
    if (!mounted || signal.aborted) {
      sandbox[Symbol.dispose]();
      return undefined;
    }
    this.#sandbox = sandbox;
    return sandbox;
  }

  /** Brings the files of ConfigMaps, Secrets and the like up to date. */
  async refresh(pod: Pod): Promise<void> {
    if (this.#sandbox) {
      await this.#mount(pod, this.#sandbox);
    }
  }

  /** What containers and volumes may read of the pod and its surroundings. */
  sources(pod: Pod, sandbox: PodSandbox): PayloadSources {
    const { client, node, issueToken } = this.#context;
    const place = { podIP: sandbox.address, hostIP: node.address };
    return { client, pod, place, allocatable: node.allocatable, issueToken };
  }

  dispose(): void {
    this.#sandbox?.[Symbol.dispose]();
    this.#sandbox = undefined;
  }

  /** False when `signal` aborts first. */
  async #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#context.clock.sleep(ms, signal);
      return true;
    } catch (error) {
      if (signal.aborted) {
        return false;
      }
      throw error;
    }
  }

  async #mount(pod: Pod, sandbox: PodSandbox): Promise<boolean> {
    try {
      await sandbox.volumes.sync(this.sources(pod, sandbox));
      return true;
    } catch (error) {
      if (!(error instanceof MountError)) {
        throw error;
      }
      this.#context.events.event(pod, 'Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`);
      this.#retryAt = this.#context.clock.now() + MOUNT_RETRY_MS;
      return false;
    }
  }
}
