// What a driver must know of a cluster that it did not make: whether it answers, what the operator's kubeconfig may do there, and which addresses are its.
import { z } from 'zod';
import type { Availability } from '../sandbox.ts';
import { type ClusterApi, ClusterRefusal } from './cluster-api.ts';

const versionSchema = z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() });
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });
const nodesSchema = z.object({
  items: z.array(
    z.object({
      status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]) }).default({ addresses: [] }),
    }),
  ),
});
const refusedSchema = z.object({ message: z.string() });

const OLDEST_MINOR = 20;
/** Of the range that is for documentation (RFC 5737): no network has it. A dry run would not do: Kubernetes 1.20 does not look at the address then. */
const NO_SERVICES_ADDRESS = '192.0.2.1';

/** What opening a lab needs, as `verb resource.group`. */
const NEEDED: readonly { verb: string; group: string; resource: string; subresource?: string }[] = [
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'delete', group: '', resource: 'namespaces' },
  { verb: 'create', group: '', resource: 'resourcequotas' },
  { verb: 'create', group: '', resource: 'serviceaccounts' },
  { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
  { verb: 'create', group: 'networking.k8s.io', resource: 'networkpolicies' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'roles' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
];

/** Whether labs can be opened there. */
export async function clusterAvailability(api: ClusterApi, name: string): Promise<Availability> {
  try {
    const { minor, gitVersion } = versionSchema.parse(await api.expect('GET', '/version'));
    if (Number.parseInt(minor, 10) < OLDEST_MINOR) {
      return {
        ready: false,
        reason: `the cluster of ${name} runs Kubernetes ${gitVersion}.`,
        remedy: `Labs need 1.${OLDEST_MINOR} or newer.`,
      };
    }
    const refused: string[] = [];
    for (const right of NEEDED) {
      const review = await api.expect('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: right },
      });
      if (!reviewSchema.parse(review).status.allowed) {
        refused.push(`${right.verb} ${right.resource}${right.subresource === undefined ? '' : `/${right.subresource}`}`);
      }
    }
    return refused.length === 0
      ? { ready: true }
      : {
          ready: false,
          reason: `the user of ${name} may not ${refused.join(', ')}.`,
          remedy: 'Bind it to the ClusterRole in deploy/cluster-role.yaml, or name another kubeconfig with DOCKSIDE_KUBECONFIG.',
        };
  } catch (error) {
    if (error instanceof ClusterRefusal) {
      return {
        ready: false,
        reason: `${error.message}.`,
        remedy: 'Check that the cluster runs, and that DOCKSIDE_KUBECONFIG and DOCKSIDE_KUBE_CONTEXT name it.',
      };
    }
    throw error;
  }
}

/** IPv4 addresses of the nodes; none where the kubeconfig may not list nodes. */
export async function nodeAddresses(api: ClusterApi): Promise<string[]> {
  const { status, body } = await api.request('GET', '/api/v1/nodes');
  return status === 200
    ? nodesSchema
        .parse(body)
        .items.flatMap((node) => node.status.addresses)
        .filter(({ type, address }) => (type === 'InternalIP' || type === 'ExternalIP') && /^\d+(\.\d+){3}$/.test(address))
        .map(({ address }) => address)
    : [];
}

/**
 * The range that Services have their addresses from, in CIDR notation. No API tells it before 1.33 (ServiceCIDR), but every version names it when it refuses a
 * Service that asks for an address outside. Undefined where a cluster words that otherwise.
 */
export async function serviceRange(api: ClusterApi, namespace: string): Promise<string | undefined> {
  const { status, body } = await api.request('POST', `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'range' },
    spec: { clusterIP: NO_SERVICES_ADDRESS, ports: [{ port: 80 }] },
  });
  if (status < 300) {
    await api.request('DELETE', `/api/v1/namespaces/${namespace}/services/range`);
    return undefined;
  }
  const refused = refusedSchema.safeParse(body);
  return /range of valid IPs is (\d+(?:\.\d+){3}\/\d+)/.exec(refused.success ? refused.data.message : '')?.[1];
}
