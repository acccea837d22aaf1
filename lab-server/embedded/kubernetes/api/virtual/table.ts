// Finds the handler of a kind that is not stored.
import type { Answer, ResourceRequest } from '../http/request.ts';
import type { Resource } from '../registry.ts';
import type { ApiServices } from '../services.ts';
import { reviewAccess, reviewOwnAccess, reviewOwnRules } from './access-reviews.ts';
import { handleComputed } from './computed.ts';
import { createBinding } from './bindings.ts';
import { isMetricsKind, readMetrics } from './metrics.ts';
import { reviewSelf, reviewToken } from './identity-reviews.ts';

export type VirtualHandler = (services: ApiServices, request: ResourceRequest) => Answer | Promise<Answer>;

const HANDLERS: Readonly<Record<string, VirtualHandler>> = {
  bindings: createBinding,
  'selfsubjectreviews.authentication.k8s.io': reviewSelf,
  'tokenreviews.authentication.k8s.io': reviewToken,
  'selfsubjectaccessreviews.authorization.k8s.io': reviewOwnAccess,
  'selfsubjectrulesreviews.authorization.k8s.io': reviewOwnRules,
  'subjectaccessreviews.authorization.k8s.io': reviewAccess,
  'localsubjectaccessreviews.authorization.k8s.io': reviewAccess,
};

export function virtualHandler(resource: Resource): VirtualHandler | undefined {
  if (isMetricsKind(resource)) {
    return readMetrics;
  }
  return resource.definition.computed ? handleComputed : HANDLERS[resource.table];
}
