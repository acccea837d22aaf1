// Reads of kinds whose objects are worked out when somebody asks.
import { notFound } from '../errors.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import { negotiate } from '../negotiate.ts';
import { fieldSelector, labelSelector } from '../selectors.ts';
import type { ApiServices } from '../services.ts';
import { includeObjectOf, metadataOnly, table } from '../table.ts';

export function handleComputed({ core }: ApiServices, request: ResourceRequest): Answer {
  const { resource, info, query } = request;
  const labels = labelSelector(query.get('labelSelector'));
  const fields = fieldSelector(resource, query.get('fieldSelector'));
  const { as } = negotiate(request.message.headers.accept);
  const all = resource.definition.computed?.() ?? [];
  const isSingle = info.name !== '';
  const objects = all.filter(
    (object) =>
      (!isSingle || object.metadata.name === info.name) &&
      (info.namespace === undefined || object.metadata.namespace === info.namespace) &&
      (labels?.(object) ?? true) &&
      (fields?.(object) ?? true),
  );
  const [first] = objects;
  if (isSingle && !first) {
    throw notFound(resource.name, info.name);
  }
  switch (as) {
    case 'Table':
      return { code: 200, body: table(resource, objects, {}, core.clock.now(), includeObjectOf(query)) };
    case 'object':
      return { code: 200, body: isSingle && first ? first : list(`${resource.kind}List`, resource.apiVersion, objects) };
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return {
        code: 200,
        body: isSingle && first ? metadataOnly(first) : list('PartialObjectMetadataList', 'meta.k8s.io/v1', objects.map(metadataOnly)),
      };
  }
}

function list(kind: string, apiVersion: string, items: readonly object[]): object {
  return { kind, apiVersion, metadata: {}, items };
}
