// AWS::CloudFormation: what waits for signals.
import { validationError } from '../errors.ts';
import type { ResourceType, ResourceTypes } from './type.ts';

const SECOND = 1000;

const handle: ResourceType = {
  create(_properties, place) {
    const url = `https://cloudformation-waitcondition-${place.region}.s3.amazonaws.com/${encodeURIComponent(`${place.stackId}/${place.logicalId}`)}`;
    return Promise.resolve({ physicalId: url, attributes: { Id: url } });
  },
  remove: () => Promise.resolve(),
};

const condition: ResourceType = {
  async create(properties, place) {
    const wanted = Number(properties['Count'] ?? 1);
    const timeout = place.sleep(Number(properties['Timeout'] ?? 0) * SECOND).then(() => 'late' as const);
    const outcome = await Promise.race([place.until(() => place.signals().length >= wanted).then(() => 'signalled' as const), timeout]);
    if (outcome === 'late') {
      throw validationError(`WaitCondition timed out. Received ${place.signals().length} conditions when expecting ${wanted}`);
    }
    return { physicalId: `${place.stackId}/${place.logicalId}`, attributes: { Data: '{}' } };
  },
  remove: () => Promise.resolve(),
};

export const waitingTypes: ResourceTypes = {
  'AWS::CloudFormation::WaitConditionHandle': handle,
  'AWS::CloudFormation::WaitCondition': condition,
};
