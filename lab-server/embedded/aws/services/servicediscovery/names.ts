// Names of Cloud Map in the simulated network: private ones for whoever is in the namespace's VPC, public ones for everybody.
import { addressIndex } from '../ec2/network-interfaces.ts';
import { ec2Tables } from '../ec2/state.ts';
import type { AwsContext } from '../service.ts';
import { cloudMapTables, instancesOf, namespaceIdOf, type Namespace } from './state.ts';

/** A client is told of so many instances at most (developer guide, "Multivalue answer routing"). */
const MOST = 8;
/** Addresses of Docker's bridge on instances: their VPC cannot be told from them. */
const BRIDGE = /^172\.17\./;

/** Answers for the names of namespaces until disposed. */
export function serveNames(context: AwsContext): Disposable {
  return context.runtime.network.addNameService({ resolve: (name, from) => resolve(context, name.toLowerCase().replace(/\.$/, ''), from) });
}

function resolve(context: AwsContext, name: string, from: string): readonly string[] | undefined {
  const tables = cloudMapTables(context.tables);
  let isOurs = false;
  for (const [key, namespace] of tables.namespaces.entries()) {
    const zone = `.${(namespace.Name ?? '').toLowerCase()}`;
    if (namespace.Type === 'HTTP' || !name.endsWith(zone) || !sees(context, namespace, from)) {
      continue;
    }
    isOurs = true;
    const [account = '', region = ''] = key.split('/');
    const scope = { account, region };
    const wanted = name.slice(0, -zone.length);
    const service = tables.services
      .list(`${account}/${region}/`)
      .find((one) => namespaceIdOf(one) === namespace.Id && one.Name?.toLowerCase() === wanted && one.Type !== 'HTTP');
    if (service) {
      const all = instancesOf(context.tables, scope, service.Id ?? '');
      const healthy = all.filter((one) => one.health === 'HEALTHY');
      const addresses = (healthy.length > 0 ? healthy : all).flatMap((one) => one.Attributes?.['AWS_INSTANCE_IPV4'] ?? []);
      return rotated(addresses, context.clock.now()).slice(0, MOST);
    }
  }
  return isOurs ? [] : undefined;
}

function sees(context: AwsContext, namespace: Namespace, from: string): boolean {
  if (namespace.Type === 'DNS_PUBLIC' || BRIDGE.test(from)) {
    return true;
  }
  const key = addressIndex(context).private.get(from);
  const vpc = key === undefined ? undefined : ec2Tables(context.tables).networkInterfaces.get(key)?.VpcId;
  return vpc !== undefined && vpc === namespace.vpc;
}

/** Answers come in another order each time, so that clients spread. */
function rotated(addresses: readonly string[], now: number): string[] {
  const start = addresses.length === 0 ? 0 : Math.floor(now) % addresses.length;
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}
