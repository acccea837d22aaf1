// npm run fidelity: writes docs/fidelity.md.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fidelityDocument } from './fidelity-document.ts';

writeFileSync(fileURLToPath(new URL('../../docs/fidelity.md', import.meta.url)), fidelityDocument());
