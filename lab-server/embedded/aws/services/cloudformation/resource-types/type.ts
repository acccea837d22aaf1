// What a type of resource is: how it is made, changed and removed, by calls to the service that has it.
import type { AwsContext } from '../../service.ts';
import { textOf } from '../text-of.ts';

export type Properties = Readonly<Record<string, unknown>>;

export interface Made {
  physicalId: string;
  /** What Fn::GetAtt gives; names may hold dots. */
  attributes?: Record<string, unknown>;
}

/** The place of a resource: its stack, its name in it, and the services as the stack may use them. */
export interface Place {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly account: string;
  readonly region: string;
  readonly context: AwsContext;
  /** Tags of the stack, which its resources get too. */
  readonly tags: readonly { Key: string; Value: string }[];
  /** Calls an operation with those of `properties` that it takes. Rejects with AwsError. */
  api(service: string, operation: string, properties: Properties): Promise<Properties>;
  /** `stack-Logical-1A2B3C4D5E6F`, at most `longest` characters. */
  name(longest?: number): string;
  /** Waits for changes of the endpoint's records until `condition` holds. Rejects when the stack is halted. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Resolves after `milliseconds` of the endpoint's time. */
  sleep(milliseconds: number): Promise<void>;
  /** Puts the physical id on record as soon as it is known, for a creation that has to wait afterwards. */
  identify(physicalId: string): void;
  /** Names of those who have signalled this resource so far. */
  signals(): readonly string[];
}

export interface ResourceType {
  create(properties: Properties, place: Place): Promise<Made>;
  /** Absent: every change makes a new resource. */
  update?(physicalId: string, properties: Properties, place: Place, before: Properties): Promise<Made>;
  /** Properties whose change makes a new resource. */
  replacedBy?: readonly string[];
  remove(physicalId: string, place: Place, properties: Properties): Promise<void>;
  /** Rights that a template with such a resource must be acknowledged for. */
  capability?: 'CAPABILITY_IAM';
  /** The property that gives an identity a name of its own. */
  named?: string;
}

export type ResourceTypes = Readonly<Record<string, ResourceType>>;

/** The text at a path of an answer: `Vpc.VpcId`, `Subnets.0.SubnetId`; empty when there is none. */
export function textAt(answer: unknown, path: string): string {
  const value = path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], answer);
  return value === undefined || value === null ? '' : textOf(value);
}

export function listAt(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
}

export function recordAt(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Tags of a resource's own over those of its stack, in the form `{ Key, Value }`. */
export function tagsOf(properties: Properties, place: Place): { Key: string; Value: string }[] {
  const own = Array.isArray(properties['Tags'])
    ? (properties['Tags'] as Record<string, unknown>[]).map((tag) => ({
        Key: textOf(tag['Key'] ?? tag['key'] ?? ''),
        Value: textOf(tag['Value'] ?? tag['value'] ?? ''),
      }))
    : Object.entries(recordAt(properties['Tags'])).map(([Key, Value]) => ({ Key, Value: textOf(Value) }));
  return [...place.tags.filter((tag) => !own.some((one) => one.Key === tag.Key)), ...own];
}

interface Simple {
  service: string;
  create: string;
  /** Path to the physical id in the answer of `create`, or the property that names the resource. */
  id: string;
  /** The member that names the resource in `update` and `remove`. */
  key: string;
  remove: string;
  update?: string;
  replacedBy?: readonly string[];
  /** The property that is the resource's name, made up where the template has none; with the longest name allowed. */
  named?: [property: string, longest?: number];
  /** Attributes by name: paths in the answer of `create`. */
  attributes?: Readonly<Record<string, string>>;
  /** Tags in the form that the service has; `no` where it has none. */
  tags?: 'list' | 'map' | 'lower' | 'no';
  /** Members that removal needs beside the key. */
  removeWith?: Properties;
  capability?: 'CAPABILITY_IAM';
}

/** A type whose operations take its properties as they are. */
export function simpleType(simple: Simple): ResourceType {
  const { service, id, key } = simple;
  const prepared = (properties: Properties, place: Place): Record<string, unknown> => {
    const named = simple.named && properties[simple.named[0]] === undefined ? { [simple.named[0]]: place.name(simple.named[1]) } : {};
    const tags = tagsOf(properties, place);
    const written =
      tags.length === 0 || simple.tags === 'no'
        ? {}
        : simple.tags === 'map'
          ? { tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) }
          : { Tags: tags };
    return { ...properties, ...named, ...written };
  };
  const made = (answer: Properties, properties: Properties): Made => ({
    physicalId: textAt(answer, id) || textOf(properties[id] ?? ''),
    attributes: Object.fromEntries(Object.entries(simple.attributes ?? {}).map(([name, path]) => [name, textAt(answer, path)])),
  });
  return {
    async create(properties, place) {
      const input = prepared(properties, place);
      return made(await place.api(service, simple.create, input), input);
    },
    ...(simple.update === undefined
      ? {}
      : {
          async update(physicalId: string, properties: Properties, place: Place) {
            await place.api(service, simple.update ?? '', { ...properties, [key]: physicalId });
            return { physicalId };
          },
        }),
    ...(simple.replacedBy ? { replacedBy: simple.replacedBy } : {}),
    async remove(physicalId, place) {
      await place.api(service, simple.remove, { ...simple.removeWith, [key]: physicalId });
    },
    ...(simple.capability ? { capability: simple.capability } : {}),
    ...(simple.named ? { named: simple.named[0] } : {}),
  };
}
