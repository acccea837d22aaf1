// Which minikube this program stands in for, and the words with which it says that it is not the real one.
import { readFileSync } from 'node:fs';

/** The release whose commands and output are followed (https://github.com/kubernetes/minikube/releases, read 2026-11-24). */
export const MODELLED_VERSION = 'v1.38.1';
export const PROFILE = 'minikube';
export const SIMULATED =
  'simulated by Dockside: the cluster behind it is this lab’s embedded Kubernetes, not a virtual machine or container';

/** `Debian 12.5`: the system that the program runs on, as `start` names it. */
export function distribution(): string {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(release)?.[1] ?? '';
    return `${field('NAME').split(' ')[0] ?? 'Linux'} ${field('VERSION_ID')}`.trim();
  } catch {
    return 'Linux';
  }
}
