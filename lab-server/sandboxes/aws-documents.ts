// What AWS's read operations return, as lists of documents: which member of an answer holds them, how pages follow each other,
// and which ids to ask for where a question names none ("all services of the cluster").
import type { StateDocument } from './sandbox.ts';

/** Operations that change nothing, by their names. */
export const READ_OPERATION = /^(Describe|List|Get|BatchGet|Lookup|Filter|Search|Discover)[A-Z]/;

/** An operation that has to be told ids, and the one that lists them. */
export interface Listing {
  /** The input member that takes the ids. */
  into: string;
  /** How many ids one call takes; `one` where the member is not a list. */
  atOnce: number | 'one';
  list: string;
  /** Inputs of the listing, one call each; the question's own members that are in `pass` go along. */
  inputs: readonly Record<string, unknown>[];
  pass: readonly string[];
  /** The ids in a document of the listing. */
  id: string;
}

const LISTINGS: Readonly<Record<string, Listing>> = {
  'ecs DescribeClusters': { into: 'clusters', atOnce: 100, list: 'ListClusters', inputs: [{}], pass: [], id: 'value' },
  'ecs DescribeServices': { into: 'services', atOnce: 10, list: 'ListServices', inputs: [{}], pass: ['cluster'], id: 'value' },
  'ecs DescribeTasks': {
    into: 'tasks',
    atOnce: 100,
    list: 'ListTasks',
    inputs: [{ desiredStatus: 'RUNNING' }, { desiredStatus: 'STOPPED' }],
    pass: ['cluster'],
    id: 'value',
  },
  'ecs DescribeContainerInstances': {
    into: 'containerInstances',
    atOnce: 100,
    list: 'ListContainerInstances',
    inputs: [{}],
    pass: ['cluster'],
    id: 'value',
  },
  'ecs DescribeTaskDefinition': {
    into: 'taskDefinition',
    atOnce: 'one',
    list: 'ListTaskDefinitions',
    inputs: [{}],
    pass: ['familyPrefix', 'status'],
    id: 'value',
  },
  'elasticloadbalancing DescribeTargetHealth': {
    into: 'TargetGroupArn',
    atOnce: 'one',
    list: 'DescribeTargetGroups',
    inputs: [{}],
    pass: ['Names'],
    id: 'TargetGroupArn',
  },
  'servicediscovery ListInstances': { into: 'ServiceId', atOnce: 'one', list: 'ListServices', inputs: [{}], pass: [], id: 'Id' },
  'elasticloadbalancing DescribeListeners': {
    into: 'LoadBalancerArn',
    atOnce: 'one',
    list: 'DescribeLoadBalancers',
    inputs: [{}],
    pass: ['Names'],
    id: 'LoadBalancerArn',
  },
};

/** The listing that a question without ids needs; undefined where it can be asked as it is. */
export function listingFor(service: string, operation: string, input: Record<string, unknown>): Listing | undefined {
  const listing = LISTINGS[`${service} ${operation}`];
  return listing !== undefined && input[listing.into] === undefined ? listing : undefined;
}

/** Members of an answer beside what it is about. */
const BESIDE = new Set([
  '$metadata',
  'ResponseMetadata',
  'failures',
  'tags',
  'searchedLogStreams',
  'nextToken',
  'NextToken',
  'NextMarker',
  'Marker',
  'IsTruncated',
  'nextForwardToken',
  'nextBackwardToken',
]);

/** The documents of an answer: the list that it holds, the one object that it holds, or the answer as a whole. */
export function documentsOf(answer: Record<string, unknown>): StateDocument[] {
  const plain = JSON.parse(JSON.stringify(answer)) as Record<string, unknown>;
  const members = Object.entries(plain).filter(([name]) => !BESIDE.has(name));
  const [only] = members;
  if (members.length === 1 && only) {
    const [, value] = only;
    if (Array.isArray(value)) {
      return value.map((item: unknown) => (isDocument(item) ? item : { value: item }));
    }
    if (isDocument(value)) {
      return [value];
    }
  }
  return members.length === 0 ? [] : [Object.fromEntries(members)];
}

/** The input of the next page; undefined when this was the last one. */
export function nextPage(input: Record<string, unknown>, answer: Record<string, unknown>): Record<string, unknown> | undefined {
  for (const [output, into] of [
    ['nextToken', 'nextToken'],
    ['NextToken', 'NextToken'],
    ['NextMarker', 'Marker'],
    ['Marker', 'Marker'],
  ] as const) {
    const token = answer[output];
    if (typeof token === 'string' && token !== '' && token !== input[into]) {
      return { ...input, [into]: token };
    }
  }
  return undefined;
}

/** Whether an error says that what was asked for does not exist: an answer, and no failure. */
export function saysAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    (/NotFound|NoSuchEntity|DoesNotExist|MissingException$/.test(error.name) ||
      (error.name === 'ClientException' && /unable to describe task definition/i.test(error.message)) ||
      (error.name === 'ValidationError' && /does not exist/.test(error.message)))
  );
}

/** What a document is known by, so that a change of it can be told from another document. */
export function identityOf(document: StateDocument): string {
  for (const [name, value] of Object.entries(document)) {
    if (/(Arn|Id|Name)$/i.test(name) && typeof value === 'string' && IDENTITIES.has(name)) {
      return `${name} ${value}`;
    }
  }
  return JSON.stringify(document);
}

const IDENTITIES = new Set([
  'taskArn',
  'serviceArn',
  'clusterArn',
  'taskDefinitionArn',
  'containerInstanceArn',
  'InstanceId',
  'ReservationId',
  'NetworkInterfaceId',
  'GroupId',
  'LoadBalancerArn',
  'TargetGroupArn',
  'ListenerArn',
  'RuleArn',
  'Arn',
  'ARN',
  'arn',
  'eventId',
  'AlarmArn',
  'StackId',
  'Id',
]);

function isDocument(value: unknown): value is StateDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
