// Amazon Elastic Container Registry.
import type { ServiceDefinition } from '../service.ts';
import { imageOperations } from './images.ts';
import { layerOperations } from './layers.ts';
import { policyOperations } from './policies.ts';
import { registryOperations } from './registry.ts';
import { repositoryOperations } from './repositories.ts';
import { scanningOperations } from './scanning.ts';

export const ecr: ServiceDefinition = {
  name: 'ecr',
  operations: {
    ...repositoryOperations,
    ...imageOperations,
    ...layerOperations,
    ...policyOperations,
    ...scanningOperations,
    ...registryOperations,
  },
  missingMember: (_operation, member) => ({
    code: 'InvalidParameterException',
    message: `Invalid parameter at '${member}' failed to satisfy constraint: 'Member must not be null'`,
  }),
  fidelity: {
    version: '2015-09-21',
    gaps: [
      'the registry’s own HTTP interface (`docker push` and `docker pull`): images come in by PutImage and by pull-through caches',
      'image signing, archived and referring images, pull-time updates, replication itself (its rules are kept), ECR Public',
      'scans find nothing',
    ],
    differences: [
      'An ECR image runs as the simulated image that its manifest names as base (`org.opencontainers.image.base.name`), or that has its repository’s name.',
      'Lifecycle policies run when they are put and when an image is pushed; AWS takes up to 24 hours.',
      'Bytes of layers are not kept.',
    ],
  },
};
