// Our own programs in a workspace: what of the server's disk they need, and the small scripts by which they are started.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bind } from './bubblewrap/commands.ts';
import type { WorkspaceProgram } from './workspace.ts';

export interface ProgramFolders {
  /** Where the programs' folders appear in the workspace, `<folder>/<name>`. */
  programs: string;
  /** Where Node.js appears. */
  node: string;
}

/** Read-only binds for `programs` and for the Node.js that runs them. */
export function programBinds(programs: readonly WorkspaceProgram[], nodeFile: string, inside: ProgramFolders): Bind[] {
  if (programs.length === 0) {
    return [];
  }
  const folders = programs.flatMap(({ name, root, folders: shown }) =>
    shown.map((folder) => ({ from: join(root, folder), to: `${inside.programs}/${name}/${folder}` })),
  );
  return [{ from: nodeFile, to: inside.node }, ...folders];
}

/** Writes a starting script for each program into `folder`. */
export async function writeProgramScripts(programs: readonly WorkspaceProgram[], folder: string, inside: ProgramFolders): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { name, entry } of programs) {
    const script = `#!/bin/sh\nexec ${inside.node} --disable-warning=ExperimentalWarning ${inside.programs}/${name}/${entry} "$@"\n`;
    await writeFile(join(folder, name), script, { mode: 0o755 });
  }
}

/** The same for a workspace on the bare machine, where programs are started from where they are. */
export async function writeHostProgramScripts(programs: readonly WorkspaceProgram[], folder: string, nodeFile: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { name, root, entry } of programs) {
    const script = `#!/bin/sh\nexec ${quoted(nodeFile)} --disable-warning=ExperimentalWarning ${quoted(join(root, entry))} "$@"\n`;
    await writeFile(join(folder, name), script, { mode: 0o755 });
  }
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
