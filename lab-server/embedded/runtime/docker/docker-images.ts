// Images of a Docker Engine: those that are there are taken as they are, others are pulled with the engine's own registries.
import type Docker from 'dockerode';
import { formatReference, parseReference } from '../images/reference.ts';
import { ImagePullError, type Image, type ImageStore } from '../runtime.ts';

/** An engine's answer that is no success has its HTTP status. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : undefined;
}

export class DockerImages implements ImageStore {
  readonly #docker: Docker;
  readonly #known = new Map<string, Image>();

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async pull(reference: string, signal: AbortSignal): Promise<Image> {
    signal.throwIfAborted();
    const full = formatReference(parseReference(reference));
    const image = (await this.#inspect(reference, full)) ?? (await this.#fetch(reference, full, signal));
    this.#known.set(full, image);
    return image;
  }

  present(reference: string): Image | undefined {
    return this.#known.get(formatReference(parseReference(reference)));
  }

  list(): readonly Image[] {
    return [...this.#known.values()];
  }

  async #inspect(reference: string, full: string): Promise<Image | undefined> {
    try {
      const { Config: config, RepoDigests: digests, Id: id, Size: size } = await this.#docker.getImage(reference).inspect();
      return {
        reference: full,
        digest: digests?.[0] ?? `${full.replace(/:[^:/]+$/, '')}@${id}`,
        sizeBytes: size,
        entrypoint: typeof config.Entrypoint === 'string' ? [config.Entrypoint] : (config.Entrypoint ?? []),
        command: config.Cmd ?? [],
        env: Object.fromEntries((config.Env ?? []).map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)])),
        workingDir: config.WorkingDir || '/',
        user: config.User,
        exposedPorts: Object.keys(config.ExposedPorts ?? {}).map((name) => ({
          port: Number(name.split('/')[0]),
          protocol: name.endsWith('/udp') ? 'udp' : 'tcp',
        })),
        stopSignal: (config as { StopSignal?: string }).StopSignal ?? 'SIGTERM',
      };
    } catch (error) {
      if (statusOf(error) === 404) {
        return undefined;
      }
      throw error;
    }
  }

  async #fetch(reference: string, full: string, signal: AbortSignal): Promise<Image> {
    try {
      const progress = (await this.#docker.pull(reference, { abortSignal: signal })) as NodeJS.ReadableStream;
      await new Promise<void>((resolve, reject) => {
        this.#docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      signal.throwIfAborted();
      const said = error instanceof Error ? error.message : String(error);
      const code = /denied|unauthorized/i.test(said) ? 'denied' : /not found|unknown/i.test(said) ? 'not-found' : 'unreachable';
      throw new ImagePullError(code, full, said);
    }
    const image = await this.#inspect(reference, full);
    if (!image) {
      throw new ImagePullError('not-found', full, `No such image: ${reference}`);
    }
    return image;
  }
}
