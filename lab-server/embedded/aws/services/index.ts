// The services of the endpoint: one line each.
import type { ServiceDefinition } from './service.ts';
import { ecs } from './ecs/index.ts';
import { sts } from './sts/index.ts';

export const services: readonly ServiceDefinition[] = [ecs, sts];
