// AWS X-Ray, as far as clients call it by habit: segments are kept and shown, sampling rules and groups are there to be read.
import type { ServiceDefinition } from '../service.ts';
import { groupOperations } from './groups.ts';
import { samplingOperations } from './sampling.ts';
import { traceOperations } from './traces.ts';

export const xray: ServiceDefinition = {
  name: 'xray',
  operations: { ...traceOperations, ...samplingOperations, ...groupOperations },
  fidelity: {
    version: '2016-04-12',
    gaps: [
      'insights, time series, resource policies, indexing rules, trace retrieval, transaction search, filter expressions of trace summaries',
    ],
    differences: [
      'The last thousand traces of a region are kept.',
      'Service graphs have the services of the segments, without statistics by edge.',
    ],
  },
};
