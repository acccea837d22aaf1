// Every type of resource that a template may have: one line for each file of types.
import { balancingTypes } from './balancing.ts';
import { computeTypes } from './compute.ts';
import { containerTypes } from './containers.ts';
import { identityTypes } from './identity.ts';
import { networkTypes } from './network.ts';
import { operationTypes } from './operations.ts';
import type { ResourceTypes } from './type.ts';
import { waitingTypes } from './waiting.ts';

export const RESOURCE_TYPES: ResourceTypes = {
  ...networkTypes,
  ...computeTypes,
  ...identityTypes,
  ...containerTypes,
  ...balancingTypes,
  ...operationTypes,
  ...waitingTypes,
};
