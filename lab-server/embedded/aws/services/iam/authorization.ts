// Whether a caller may do what a request asks: the gateway's question to IAM.
import type { Tables } from '../../state/tables.ts';
import type { Authorization, Principal } from '../service.ts';
import { decide, reasonOf } from './evaluation/decide.ts';
import { callerOf, policiesOf } from './evaluation/principal-policies.ts';
import { conditionValues, prefixed, type Circumstances } from './evaluation/values.ts';
import { resourceTags } from './resource-tags.ts';

/** Undefined when the caller may; else why not, in AWS's words: "because no identity-based policy allows the ecs:RunTask action". */
export function refusalOf(principal: Principal, wanted: Authorization, tables: Tables, circumstances: Circumstances): string | undefined {
  if (principal.isRoot && !principal.session) {
    return undefined;
  }
  const { action, resource } = wanted;
  const vendor = action.split(':')[0] ?? '';
  const tags = { ...resourceTags(resource, tables), ...wanted.resourceTags };
  const request = {
    action,
    resource,
    values: {
      ...conditionValues(principal, tables, circumstances),
      ...prefixed('aws:resourcetag/', tags),
      ...prefixed(`${vendor}:resourcetag/`, tags),
      ...wanted.values,
    },
  };
  const policies = policiesOf(principal, tables);
  const bearing =
    wanted.resourcePolicy === undefined ? policies : { ...policies, resource: { document: wanted.resourcePolicy, ...callerOf(principal) } };
  const decision = decide(principal.isRoot ? { ...bearing, identity: [FULL_ACCESS] } : bearing, request);
  return decision.verdict === 'allowed' ? undefined : reasonOf(decision, action);
}

/** What the root has; its sessions can be narrowed by policies of their own. */
const FULL_ACCESS = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
