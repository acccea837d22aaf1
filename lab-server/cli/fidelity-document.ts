// docs/fidelity.md, made from what each simulation says of itself.
import type { Fidelity } from '../base/index.ts';
import { services } from '../embedded/aws/services/index.ts';
import { kubernetesFidelity } from '../embedded/kubernetes/fidelity.ts';
import { runtimeFidelity } from '../embedded/runtime/fidelity.ts';

/** The whole document in Markdown. */
export function fidelityDocument(): string {
  const aws = services.map(({ name, fidelity }) => ({
    title: `AWS: ${name}`,
    models: `API version ${fidelity.version}`,
    compared: '2026-11-24',
    gaps: fidelity.gaps,
    differences: fidelity.differences,
  }));
  const parts = [
    '# Fidelity',
    'The embedded sandboxes are simulations. They speak the real protocols to the real clients and follow the real rules; this page lists what they lack and where they differ. It is made from the code: `npm run fidelity` writes it anew.',
    ...[kubernetesFidelity, runtimeFidelity, ...aws].flatMap(section),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section({ title, models, compared, gaps, differences }: Fidelity): string[] {
  return [
    `## ${title}`,
    `Models ${models}. Last compared on ${compared}.`,
    ...(gaps.length > 0 ? ['Not there:', bullets(gaps)] : []),
    ...(differences.length > 0 ? ['Different on purpose:', bullets(differences)] : []),
  ];
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
