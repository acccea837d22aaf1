// kubectl, without which no Kubernetes lab is worth opening: commands that open labs end before they begin where it is missing.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DocksideError } from '../base/index.ts';

/** Whether a kubectl is in one of the folders of `path`. */
export function hasKubectl(path: string): boolean {
  return path.split(delimiter).some((folder) => ['kubectl', 'kubectl.exe'].some((name) => existsSync(join(folder, name))));
}

/** Throws where there is none; `otherwise` is a further way out, as the end of the sentence. */
export function requireKubectl(path: string, otherwise = ''): void {
  if (!hasKubectl(path)) {
    throw new DocksideError(
      'TOOL_MISSING',
      `kubectl is not on PATH, and Kubernetes labs need it: npm start fetches it, or install it as https://kubernetes.io/docs/tasks/tools/ says${otherwise}.`,
    );
  }
}
