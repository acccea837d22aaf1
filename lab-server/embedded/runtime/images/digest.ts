// Stable digests for images that exist only in the catalogue: the same image has the same digest on every machine.
import { createHash } from 'node:crypto';

export function digestOf(repository: string, identity: string): string {
  return `sha256:${createHash('sha256').update(`${repository}\n${identity}`).digest('hex')}`;
}
