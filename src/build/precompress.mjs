// Astro integration: writes pages, scripts, styles and schemas beside themselves in Brotli and gzip, so that the lab server sends them small
// without compressing anything while it runs.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Nearly as small as the highest quality, in a tenth of the time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

export function precompress() {
  return {
    name: 'dockside-precompress',
    hooks: {
      async 'astro:build:done'({ dir }) {
        const root = fileURLToPath(dir);
        const names = (await readdir(root, { recursive: true })).filter((name) => /\.(?:html|js|css|ttf|json|svg)$/.test(name));
        await Promise.all(
          names.map(async (name) => {
            const file = join(root, name);
            const content = await readFile(file);
            await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
            await writeFile(`${file}.br`, await promisify(brotliCompress)(content, BROTLI));
          }),
        );
      },
    },
  };
}
