// The difference between two pod specs as the server shows it: a unified diff of its own, internal form as JSON.
import { structuredPatch } from 'diff';
import { internalPodSpec } from './internal-pod-spec.ts';
import type { PodSpec } from './pod-types.ts';

export function differenceOfPodSpecs(old: PodSpec, changed: PodSpec): string {
  const text = (spec: PodSpec) => `${JSON.stringify(internalPodSpec(spec), null, 1)}\n`;
  const { hunks } = structuredPatch('', '', text(old), text(changed), '', '', { context: 3 });
  return hunks
    .map(({ oldStart, oldLines, newStart, newLines, lines }) =>
      [`@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`, ...lines].map((line) => `${line}\n`).join(''),
    )
    .join('');
}

function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${start},${count}`;
}
