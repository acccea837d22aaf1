#!/usr/bin/env -S node --
// The two dashes keep Node.js from taking options for its own that it knows, such as --env-file, wherever they stand.
// The `dockside` command: hands over to the Node.js 24 among the dependencies, which runs the TypeScript sources.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { handOver } from './hand-over.mjs';
import { nodeProgram, root } from './paths.mjs';

if (!existsSync(nodeProgram)) {
  process.stderr.write(`Dockside is not set up yet. Run this first, in ${root}: npm ci\n`);
  process.exit(1);
}
handOver(nodeProgram, ['--', join(root, 'lab-server', 'cli', 'main.ts'), ...process.argv.slice(2)]);
