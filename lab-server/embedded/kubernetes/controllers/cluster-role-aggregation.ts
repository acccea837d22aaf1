// Fills cluster roles that gather the rules of others, such as `admin`, `edit` and `view`.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Stored } from '../types.ts';
import { matchesSelector } from '../values/label-selector.ts';
import { sameValue } from '../values/same.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Controller } from './controller.ts';
import { keyOf } from './keys.ts';

type ClusterRole = Stored<models.V1ClusterRole>;
const CLUSTER_ROLE = kindRef<ClusterRole>('rbac.authorization.k8s.io/v1', 'ClusterRole');

export const clusterRoleAggregationController: Controller = {
  name: 'clusterrole-aggregation-controller',
  watches: [
    {
      kind: CLUSTER_ROLE,
      // Any role may feed any that gathers.
      keys: (_role, _old, client) =>
        client
          .list(CLUSTER_ROLE)
          .filter((role) => role.aggregationRule)
          .map(keyOf),
    },
  ],
  reconcile(key, { client }) {
    const role = client.get(CLUSTER_ROLE, undefined, key);
    const selectors = role?.aggregationRule?.clusterRoleSelectors;
    if (!role || !selectors) {
      return;
    }
    const sources = client
      .list(CLUSTER_ROLE)
      .filter((source) => source !== role && selectors.some((selector) => matchesSelector(selector, source.metadata.labels)))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const rules = new Map(sources.flatMap((source) => source.rules ?? []).map((rule) => [canonicalJson(rule), rule]));
    const wanted = [...rules.values()];
    if (!sameValue(wanted, role.rules)) {
      client.update(CLUSTER_ROLE, { ...role, rules: wanted });
    }
  },
};
