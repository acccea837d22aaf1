// LimitRanger: containers, pods and claims get a namespace's defaults and keep to its bounds.
import type * as models from '@kubernetes/client-node';
import type { Pod, Stored, Wire } from '../../types.ts';
import { compareQuantities, formatQuantity, milliValue, parseQuantity, type Quantity, tryParseQuantity } from '../../values/index.ts';
import type { ApiCore } from '../core.ts';
import { forbidden } from '../errors.ts';
import { podTotals } from '../../controllers/quota/usage.ts';
import type { AdmissionPlugin } from './admission.ts';

type LimitRange = Stored<models.V1LimitRange>;
type Item = Wire<models.V1LimitRangeItem>;
type Container = NonNullable<Pod['spec']>['containers'][number];
type Claim = Stored<models.V1PersistentVolumeClaim>;
type Amounts = Readonly<Record<string, string>>;

const ANNOTATION = 'kubernetes.io/limit-ranger';

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  admit({ operation, resource, subresource, namespace, object }, core) {
    if (operation !== 'CREATE' || resource.table !== 'pods' || subresource !== undefined) {
      return;
    }
    for (const range of rangesOf(core, namespace)) {
      giveDefaults(object as Pod, range);
    }
  },
  validate({ operation, resource, subresource, namespace, name, object }, core) {
    const isPod = resource.table === 'pods' && operation === 'CREATE';
    const isClaim = resource.table === 'persistentvolumeclaims' && operation !== 'DELETE';
    if ((!isPod && !isClaim) || subresource !== undefined) {
      return;
    }
    for (const range of rangesOf(core, namespace)) {
      const items = range.spec?.limits ?? [];
      const problems = isPod ? podProblems(object as Pod, items) : claimProblems(object as Claim, items);
      if (problems.length > 0) {
        throw forbidden(resource.name, name, problems.length === 1 ? (problems[0] as string) : `[${problems.join(', ')}]`);
      }
    }
  },
};

function rangesOf({ store }: ApiCore, namespace: string | undefined): LimitRange[] {
  return store
    .table('limitranges')
    .list(namespace)
    .map(({ object }) => object as LimitRange);
}

function giveDefaults(pod: Pod, range: LimitRange): void {
  const item = (range.spec?.limits ?? []).find(({ type }) => type === 'Container');
  const spec = pod.spec;
  if (!item || !spec) {
    return;
  }
  const told: string[] = [];
  for (const [kind, containers] of [
    ['container', spec.containers],
    ['init container', spec.initContainers ?? []],
  ] as const) {
    for (const container of containers) {
      for (const [field, defaults] of [
        ['requests', item.defaultRequest],
        ['limits', defaultLimits(item)],
      ] as const) {
        const added = addMissing(container, field, defaults);
        if (added.length > 0) {
          told.push(`${added.join(', ')} ${field === 'requests' ? 'request' : 'limit'} for ${kind} ${container.name}`);
        }
      }
    }
  }
  if (told.length > 0) {
    pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}` };
  }
}

/** The models call it `_default`, since `default` is a word of their language. */
function defaultLimits(item: Item): Amounts | undefined {
  return (item as { default?: Amounts }).default;
}

function addMissing(container: Container, field: 'requests' | 'limits', defaults: Amounts | undefined): string[] {
  const present = container.resources?.[field] ?? {};
  const missing = Object.keys(defaults ?? {})
    .toSorted()
    .filter((name) => !(name in present));
  if (missing.length > 0) {
    const added = Object.fromEntries(missing.map((name) => [name, defaults?.[name] as string]));
    container.resources = { ...container.resources, [field]: { ...present, ...added } };
  }
  return missing;
}

function podProblems(pod: Pod, items: readonly Item[]): string[] {
  return items.flatMap((item) => {
    if (item.type === 'Container') {
      const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
      return containers.flatMap(({ resources }) => problemsOf(item, resources?.requests ?? {}, resources?.limits ?? {}));
    }
    return item.type === 'Pod' ? problemsOf(item, totals(pod, 'requests'), totals(pod, 'limits')) : [];
  });
}

function totals(pod: Pod, field: 'requests' | 'limits'): Amounts {
  return Object.fromEntries([...podTotals(pod, field)].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

function claimProblems(claim: Claim, items: readonly Item[]): string[] {
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...minimumProblems(item, claim.spec?.resources?.requests ?? {}, {}),
      ...maximumRequestProblems(item, claim.spec?.resources?.requests ?? {}),
    ]);
}

function problemsOf(item: Item, requests: Amounts, limits: Amounts): string[] {
  return [...minimumProblems(item, requests, limits), ...maximumProblems(item, requests, limits), ...ratioProblems(item, requests, limits)];
}

function each(bounds: Amounts | undefined): [name: string, bound: Quantity, text: string][] {
  return Object.keys(bounds ?? {})
    .toSorted()
    .map((name) => [name, parseQuantity(bounds?.[name] as string), bounds?.[name] as string]);
}

function read(amounts: Amounts, name: string): Quantity | undefined {
  return tryParseQuantity(amounts[name]);
}

function minimumProblems(item: Item, requests: Amounts, limits: Amounts): string[] {
  return each(item.min).flatMap(([name, bound, text]) => {
    const request = read(requests, name);
    const limit = read(limits, name);
    const sentence = `minimum ${name} usage per ${item.type} is ${text}`;
    if (!request) {
      return [`${sentence}.  No request is specified`];
    }
    if (compareQuantities(request, bound) < 0) {
      return [`${sentence}, but request is ${requests[name]}`];
    }
    return limit && compareQuantities(limit, bound) < 0 ? [`${sentence}, but limit is ${limits[name]}`] : [];
  });
}

function maximumProblems(item: Item, requests: Amounts, limits: Amounts): string[] {
  return each(item.max).flatMap(([name, bound, text]) => {
    const request = read(requests, name);
    const limit = read(limits, name);
    const sentence = `maximum ${name} usage per ${item.type} is ${text}`;
    if (!limit) {
      return [`${sentence}.  No limit is specified`];
    }
    if (compareQuantities(limit, bound) > 0) {
      return [`${sentence}, but limit is ${limits[name]}`];
    }
    return request && compareQuantities(request, bound) > 0 ? [`${sentence}, but request is ${requests[name]}`] : [];
  });
}

function maximumRequestProblems(item: Item, requests: Amounts): string[] {
  return each(item.max).flatMap(([name, bound, text]) => {
    const request = read(requests, name);
    const sentence = `maximum ${name} usage per ${item.type} is ${text}`;
    if (!request) {
      return [`${sentence}.  No request is specified`];
    }
    return compareQuantities(request, bound) > 0 ? [`${sentence}, but request is ${requests[name]}`] : [];
  });
}

function ratioProblems(item: Item, requests: Amounts, limits: Amounts): string[] {
  return each(item.maxLimitRequestRatio).flatMap(([name, bound, text]) => {
    const request = read(requests, name);
    const limit = read(limits, name);
    const sentence = `${name} max limit to request ratio per ${item.type} is ${text}, but`;
    if (!request || request.nanos === 0n) {
      return [`${sentence} no request is specified or request is 0`];
    }
    if (!limit || limit.nanos === 0n) {
      return [`${sentence} no limit is specified or limit is 0`];
    }
    const ratio = milliValue(limit) / milliValue(request);
    return ratio > milliValue(bound) / 1000 ? [`${sentence} provided ratio is ${ratio.toFixed(6)}`] : [];
  });
}
