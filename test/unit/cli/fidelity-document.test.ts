import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fidelityDocument } from '../../../lab-server/cli/fidelity-document.ts';

it('docs/fidelity.md says what the simulations say of themselves', () => {
  const written = readFileSync(new URL('../../../docs/fidelity.md', import.meta.url), 'utf8');
  expect(written, 'run `npm run fidelity`').toBe(fidelityDocument());
});
