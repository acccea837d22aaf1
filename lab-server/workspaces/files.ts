// The learner's files as the editor sees them. Paths are relative to the home folder, with forward slashes.

export interface FileEntry {
  path: string;
  type: 'file' | 'directory';
  size: number;
  /** Changes with every write; the editor sends it back so that a write never overwrites what it has not seen. */
  version: string;
}

export interface FileContent {
  path: string;
  content: Uint8Array;
  version: string;
}

export interface FileChange {
  type: 'written' | 'removed';
  path: string;
  version?: string;
}

/**
 * Every method throws DocksideError: `FILE_PATH_INVALID` (400: absolute, `..`, empty, NUL, or a link that leaves home), `FILE_NOT_FOUND` (404),
 * `FILE_CONFLICT` (409: the version sent is not the version on disk), `FILE_TOO_LARGE` (413), `FILE_QUOTA` (507).
 */
export interface WorkspaceFiles {
  list(): Promise<FileEntry[]>;
  read(path: string): Promise<FileContent>;
  /** Atomic. `ifVersion`: the version last seen, or null for "must not exist"; omitted: overwrite. Returns the new version. */
  write(path: string, content: Uint8Array, ifVersion?: string | null): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  watch(signal: AbortSignal): AsyncIterable<FileChange>;
}
