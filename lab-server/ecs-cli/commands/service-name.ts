// The name of a project's service.
import type { Project } from '../compose/project.ts';

/** The project's name behind the prefix of the cluster configuration. */
export function serviceName({ name, settings }: Pick<Project, 'name' | 'settings'>): string {
  return `${settings.serviceNamePrefix}${name}`;
}
