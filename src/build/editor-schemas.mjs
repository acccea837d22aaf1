// Astro integration: writes the schemas by which the editor completes and checks files, by the program that knows them. The site itself
// imports nothing of the server.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('../../lab-server/cli/write-editor-schemas.ts', import.meta.url));

export function editorSchemas() {
  return {
    name: 'dockside-editor-schemas',
    hooks: {
      async 'astro:build:done'({ dir }) {
        await promisify(execFile)(process.execPath, [PROGRAM, fileURLToPath(new URL('schemas/', dir))]);
      },
    },
  };
}
