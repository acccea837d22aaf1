// Failures of file operations, with errno codes and Node's wording, which just-bash's commands and ours translate for the user.

const MEANING = {
  EACCES: 'permission denied',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EISDIR: 'illegal operation on a directory',
  ELOOP: 'too many symbolic links encountered',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EROFS: 'read-only file system',
  EXDEV: 'cross-device link not permitted',
  EBUSY: 'resource busy or locked',
} as const;

export type FileErrorCode = keyof typeof MEANING;

/** What strerror(3) says: how shells and coreutils print the failure. */
const SENTENCE: Record<FileErrorCode, string> = {
  EACCES: 'Permission denied',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EROFS: 'Read-only file system',
  EXDEV: 'Invalid cross-device link',
  EBUSY: 'Device or resource busy',
};

export class FileError extends Error {
  readonly code: FileErrorCode;
  readonly path: string;

  constructor(code: FileErrorCode, operation: string, path: string) {
    super(`${code}: ${MEANING[code]}, ${operation} '${path}'`);
    this.name = 'FileError';
    this.code = code;
    this.path = path;
  }
}

/** The failure as a user of a shell reads it: `No such file or directory`. Anything unknown gives its own message. */
export function fileErrorSentence(error: unknown): string {
  if (error instanceof FileError) {
    return SENTENCE[error.code];
  }
  // File systems from outside (mounts) throw plain errors that begin with the code.
  const message = error instanceof Error ? error.message : String(error);
  const code = /^([A-Z]+):/.exec(message)?.[1];
  return code !== undefined && code in SENTENCE ? SENTENCE[code as FileErrorCode] : message;
}

/** The errno code of a failed file operation, ours or another file system's. */
export function fileErrorCode(error: unknown): string | undefined {
  if (error instanceof Error) {
    return 'code' in error && typeof error.code === 'string' ? error.code : /^([A-Z]+):/.exec(error.message)?.[1];
  }
  return undefined;
}
