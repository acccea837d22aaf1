// minikube tunnel: while it runs, every Service of type LoadBalancer has its own cluster IP as external IP.
import { kubectl, nodeAddress, services, watchServices, type Service } from '../kubectl.ts';
import { PROFILE } from '../version.ts';

const SERVICE_RANGE = '10.96.0.0/12';

/** Runs until interrupted, then takes the addresses away again. */
export async function tunnel(print: (text: string) => void, signal: AbortSignal): Promise<void> {
  const node = await nodeAddress();
  const balanced = new Map<string, Service>();
  let shown: string | undefined;
  let trouble = 'no errors';
  const report = (): void => {
    const names = [...balanced.values()].map((service) => service.metadata.name).join(', ');
    const text = status(node, names, trouble);
    if (text !== shown) {
      print(text);
      shown = text;
    }
  };
  report();
  try {
    for await (const { type, object } of watchServices(signal)) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (type === 'DELETED' || object.spec.type !== 'LoadBalancer') {
        balanced.delete(key);
      } else {
        balanced.set(key, object);
        try {
          await giveAddress(object);
          trouble = 'no errors';
        } catch (error) {
          trouble = error instanceof Error ? error.message : String(error);
        }
      }
      report();
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    await takeAddressesAway();
  }
}

async function giveAddress(service: Service): Promise<void> {
  const address = service.spec.clusterIP;
  if (!address || service.status?.loadBalancer?.ingress?.[0]?.ip === address) {
    return;
  }
  await patchIngress(service, [{ ip: address }]);
}

async function takeAddressesAway(): Promise<void> {
  for (const service of await services()) {
    if (service.spec.type === 'LoadBalancer' && service.status?.loadBalancer?.ingress) {
      await patchIngress(service, null);
    }
  }
}

async function patchIngress(service: Service, ingress: { ip: string }[] | null): Promise<void> {
  const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
  const { name, namespace } = service.metadata;
  await kubectl('patch', 'service', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch);
}

function status(node: string, names: string, trouble: string): string {
  return [
    'Status:\t',
    `\tmachine: ${PROFILE}`,
    `\tpid: ${process.pid}`,
    `\troute: ${SERVICE_RANGE} -> ${node}`,
    '\tminikube: Running',
    `\tservices: [${names}]`,
    '    errors: ',
    '\t\tminikube: no errors',
    '\t\trouter: no errors',
    `\t\tloadbalancer emulator: ${trouble}`,
    '',
  ].join('\n');
}
