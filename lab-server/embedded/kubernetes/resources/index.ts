// Every kind of the embedded API, one file each.
import { deployments } from './apps/deployments.ts';
import { replicasets } from './apps/replicasets.ts';
import { configmaps } from './core/configmaps.ts';
import { endpoints } from './core/endpoints.ts';
import { events as coreEvents } from './core/events.ts';
import { namespaces } from './core/namespaces.ts';
import { nodes } from './core/nodes.ts';
import { pods } from './core/pods.ts';
import { secrets } from './core/secrets.ts';
import { serviceaccounts } from './core/serviceaccounts.ts';
import { services } from './core/services.ts';
import { endpointslices } from './discovery/endpointslices.ts';
import { events } from './events/events.ts';
import type { KindDefinition } from './kind.ts';

export type { Column, FieldError, KindContext, KindDefinition, Subresources } from './kind.ts';

export const kinds: readonly KindDefinition[] = [
  configmaps,
  endpoints,
  coreEvents,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceaccounts,
  services,
  deployments,
  replicasets,
  endpointslices,
  events,
];
