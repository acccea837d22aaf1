// What the catalogue knows of an image: where it is found, which tags there are, and what is in it.
import type { DirectoryNode } from '../files/nodes.ts';

/** What one tag gives. */
export interface ImageVariant {
  entrypoint: readonly string[];
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  workingDir?: string;
  user?: string;
  exposedPorts?: readonly { port: number; protocol: 'tcp' | 'udp' }[];
  /** `SIGTERM` when absent. */
  stopSignal?: string;
  /** Compressed size, as `docker manifest inspect` adds it up. */
  sizeBytes: number;
  /**
   * Tags that are the same image (`latest` and `1.29`) have the same identity and so the same digest.
   */
  identity: string;
  /** Makes the root directory. Called once per identity; the result is shared and must not be changed. */
  files(): DirectoryNode;
}

export interface ImageDefinition {
  /** Fully qualified: `docker.io/library/nginx`. */
  repository: string;
  /** Other names of the same repository. */
  mirrors?: readonly string[];
  /** A tag that exists, for a repository without `latest`. */
  sampleTag?: string;
  /** Tags beside `latest` that a digest may have come from; default: none. */
  usualTags?: readonly string[];
  /** The variant of a tag; undefined when there is no such tag. */
  variant(tag: string): ImageVariant | undefined;
}
