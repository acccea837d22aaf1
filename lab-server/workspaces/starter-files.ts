// Puts a lab's first files into the learner's home: the exercise's starter files, and the access to the sandbox.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { isDocksideError } from '../base/index.ts';
import type { WorkspaceFiles } from './files.ts';
import type { HomeFiles } from './home/home-files.ts';

const writtenSchema = z.record(z.string(), z.string());

/** Writes each starter file that does not exist yet: what the learner has changed or written stays. */
export async function writeStarterFiles(files: HomeFiles, starters: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(starters)) {
    try {
      await files.writeQuickly(path, Buffer.from(content), null);
    } catch (error) {
      if (!isDocksideError(error, 'FILE_CONFLICT')) {
        throw error;
      }
    }
  }
}

/**
 * Writes access files (kubeconfig and the like) that are new or whose content has changed since the last time, as `recordFile` knows it.
 * A file that the learner has changed (another namespace in the kubeconfig) stays as long as the access is the same.
 */
export async function writeAccessFiles(files: HomeFiles, access: Record<string, { content: string }>, recordFile: string): Promise<void> {
  const before = await readRecord(recordFile);
  const now: Record<string, string> = {};
  for (const [path, { content }] of Object.entries(access)) {
    const hash = createHash('sha256').update(content).digest('hex');
    now[path] = hash;
    if (before[path] === hash && (await exists(files, path))) {
      continue;
    }
    await files.writeQuickly(path, Buffer.from(content));
  }
  await writeFile(recordFile, JSON.stringify(now), { mode: 0o600 });
}

async function readRecord(recordFile: string): Promise<Record<string, string>> {
  try {
    return writtenSchema.parse(JSON.parse(await readFile(recordFile, 'utf8')));
  } catch {
    // No record, or one that was cut off: every file is written anew.
    return {};
  }
}

async function exists(files: WorkspaceFiles, path: string): Promise<boolean> {
  return await files.read(path).then(
    () => true,
    () => false,
  );
}
