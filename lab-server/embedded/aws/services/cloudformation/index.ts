// AWS CloudFormation.
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Operation, type ServiceDefinition } from '../service.ts';
import { changeSetOperations } from './change-sets.ts';
import { StackWorld } from './engine/world.ts';
import { readingOperations } from './reading.ts';
import { RESOURCE_TYPES } from './resource-types/index.ts';
import { stackOperations } from './stacks.ts';
import { templateOperations } from './template-operations.ts';

/** Drift is told by comparing with the real world, of which this is a model: the two cannot differ in a way worth telling. */
const refusedDrift: Operation = operation<object, object>({
  handle: () => {
    throw new AwsError('ValidationError', 'Drift detection is not supported by the embedded endpoint.', { status: 400 });
  },
});

export const cloudformation: ServiceDefinition = {
  name: 'cloudformation',
  operations: {
    ...stackOperations,
    ...readingOperations,
    ...changeSetOperations,
    ...templateOperations,
    DetectStackDrift: refusedDrift,
    DetectStackResourceDrift: refusedDrift,
    DescribeStackResourceDrifts: refusedDrift,
  },
  start: (context) => {
    const world = new StackWorld(context);
    world.resume();
    return world;
  },
  fidelity: {
    version: '2010-05-15',
    gaps: [
      `resource types beyond these ${Object.keys(RESOURCE_TYPES).length}: ${Object.keys(RESOURCE_TYPES)
        .map((type) => type.replace(/^AWS::/, ''))
        .join(', ')}`,
      'stack sets, nested stacks, custom resources, macros and transforms (AWS::LanguageExtensions’ Length and ToJsonString are there), hooks, modules, type registry, resource import, IaC generator, stack refactoring',
      'templates and policies by URL (there is no S3), stack policies are kept and not enforced, rules, rollback triggers, notifications, TimeoutInMinutes, CreationPolicy and UpdatePolicy',
      'drift detection is refused',
    ],
    differences: [
      'A stack whose resources are made at once is complete when CreateStack answers.',
      'Resources do not get the tags that begin with aws:cloudformation:.',
      'A resource whose creation a kill interrupted is made anew.',
    ],
  },
};
