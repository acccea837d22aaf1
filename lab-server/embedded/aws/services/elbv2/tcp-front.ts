// Network load balancers: connections are passed on as they are, one target for each.
import type { Duplex } from 'node:stream';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';
import { recordMetric } from '../cloudwatch/record.ts';
import type { AwsContext } from '../service.ts';
import { chooseGroup, chooseTarget, findGroup } from './choose-target.ts';
import { elbTables, keyOf, metricName, scopeOfArn, targetKey } from './state.ts';
import { addressOf } from './target-address.ts';
import type { ElbWorld } from './world.ts';

interface Front {
  listenerArn: string;
  endpoint: NetworkEndpoint;
  context: AwsContext;
  world: ElbWorld;
}

/** Joins a client's connection with one to a target; without a target it is reset, as AWS does. */
export async function forwardConnection(client: Duplex, { listenerArn, endpoint, context, world }: Front): Promise<void> {
  const listener = elbTables(context.tables).listeners.get(keyOf(listenerArn));
  const action = listener?.DefaultActions?.find((one) => one.Type === 'forward');
  const group = action && findGroup(context, chooseGroup(action, world) ?? '');
  const target = group && chooseTarget(context, world, group);
  const address = group && target && addressOf(context, group, target);
  client.on('error', () => client.destroy());
  if (!listener || !group || !target || address === undefined) {
    client.destroy();
    return;
  }
  recordMetric(context, scopeOfArn(listenerArn), {
    namespace: 'AWS/NetworkELB',
    name: 'NewFlowCount',
    dimensions: { LoadBalancer: metricName(listener.LoadBalancerArn ?? '') },
    value: 1,
    unit: 'Count',
  });
  const serving = world.inFlight.begin(targetKey(target.groupArn, target.id, target.port));
  client.once('close', () => serving[Symbol.dispose]());
  try {
    const upstream = await endpoint.connect(address, target.port ?? 0);
    join(client, upstream);
  } catch {
    client.destroy();
  }
}

/** Pipes two connections into each other; when one is lost, so is the other. */
export function join(left: Duplex, right: Duplex): void {
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => {
      if (!from.readableEnded) {
        to.destroy();
      }
    });
  }
}
