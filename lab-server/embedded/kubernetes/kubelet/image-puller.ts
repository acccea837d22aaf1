// Gets a container's image onto the node by its pull policy, with the kubelet's events, reasons and back-off (10 s doubling to 300 s).
import type { Clock } from '../../../base/index.ts';
import { type Image, ImagePullError, type ImageStore } from '../../runtime/runtime.ts';
import type { EventRecorder } from '../events/index.ts';
import type { Pod } from '../types.ts';
import { BackOff } from './back-off.ts';
import { goDuration } from './go-duration.ts';
import { pullFailureText } from './pull-failure.ts';

const INITIAL_MS = 10_000;
const MAX_MS = 300_000;
/** How long a failed pull shows as ErrImagePull before the kubelet looks again and finds itself in back-off. */
const FAILURE_SHOWN_MS = 1_000;

export type PullOutcome =
  | { image: Image }
  /** The container waits with this reason; look again after `retryInMs`. */
  | { reason: string; message: string; retryInMs: number };

export interface PullRequest {
  pod: Pod;
  image: string;
  policy: string | undefined;
  fieldPath: string;
  signal: AbortSignal;
}

export class ImagePuller {
  readonly #clock: Clock;
  readonly #images: ImageStore;
  readonly #events: EventRecorder;
  readonly #backOff: BackOff;
  readonly #lastFailure = new Map<string, string>();

  constructor(clock: Clock, images: ImageStore, events: EventRecorder) {
    this.#clock = clock;
    this.#images = images;
    this.#events = events;
    this.#backOff = new BackOff(clock, INITIAL_MS, MAX_MS);
  }

  async ensure(request: PullRequest): Promise<PullOutcome> {
    const policy = request.policy ?? 'IfNotPresent';
    const tagged = withDefaultTag(request.image);
    const present = policy === 'Always' ? undefined : this.#images.present(tagged);
    if (present) {
      this.#event(
        request,
        'Normal',
        'Pulled',
        `Container image "${request.image}" already present on machine and can be accessed by the pod`,
      );
      return { image: present };
    }
    if (policy === 'Never') {
      const message = `Container image "${request.image}" is not present with pull policy of Never`;
      this.#event(request, 'Warning', 'ErrImageNeverPull', message);
      return this.#failed(request, 'ErrImageNeverPull', message, INITIAL_MS);
    }
    return this.#pull(request, tagged);
  }

  /** Forgets the back-off of a pod that is gone. */
  forget(podUid: string): void {
    this.#backOff.forget(`${podUid}_`);
    for (const key of this.#lastFailure.keys()) {
      if (key.startsWith(`${podUid}_`)) {
        this.#lastFailure.delete(key);
      }
    }
  }

  async #pull(request: PullRequest, tagged: string): Promise<PullOutcome> {
    const key = `${request.pod.metadata.uid}_${tagged}`;
    const wait = this.#backOff.remainingSinceUpdate(key);
    if (wait > 0) {
      const message = `Back-off pulling image "${request.image}"`;
      this.#event(request, 'Normal', 'BackOff', message);
      const cause = this.#lastFailure.get(key);
      return this.#failed(request, 'ImagePullBackOff', cause === undefined ? message : `${message}: ${cause}`, wait);
    }
    this.#lastFailure.delete(key);
    this.#event(request, 'Normal', 'Pulling', `Pulling image "${request.image}"`);
    const startedAt = this.#clock.now();
    try {
      const image = await this.#images.pull(tagged, request.signal);
      const took = goDuration(Math.max(1, this.#clock.now() - startedAt));
      const text = `Successfully pulled image "${request.image}" in ${took} (${took} including waiting). Image size: ${image.sizeBytes} bytes.`;
      this.#event(request, 'Normal', 'Pulled', text);
      return { image };
    } catch (error) {
      if (!(error instanceof ImagePullError)) {
        throw error;
      }
      if (error.code === 'invalid-name') {
        const message = `Failed to apply default image tag "${request.image}": couldn't parse image name "${request.image}": ${error.message}`;
        this.#event(request, 'Warning', 'InspectFailed', message);
        return this.#failed(request, 'InvalidImageName', message, INITIAL_MS);
      }
      const message = pullFailureText(error);
      this.#event(request, 'Warning', 'Failed', `Failed to pull image "${request.image}": ${message}`);
      this.#backOff.next(key);
      this.#lastFailure.set(key, `ErrImagePull: ${message}`);
      return this.#failed(request, 'ErrImagePull', message, FAILURE_SHOWN_MS);
    }
  }

  #failed(request: PullRequest, reason: string, message: string, retryInMs: number): PullOutcome {
    this.#event(request, 'Warning', 'Failed', `Error: ${reason}`);
    return { reason, message, retryInMs };
  }

  #event(request: PullRequest, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event(request.pod, type, reason, message, request.fieldPath);
  }
}

/** `nginx` is pulled as `nginx:latest`; a tag or digest stays. */
export function withDefaultTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`;
}
