// The services of the endpoint: one line each.
import type { ServiceDefinition } from './service.ts';
import { sts } from './sts/index.ts';

export const services: readonly ServiceDefinition[] = [sts];
