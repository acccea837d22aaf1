// Which pods stand behind a service, at which address and port, and in which condition.
import type { Pod, Service } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { conditionOf, isFinished, isReady, isTerminating } from '../pods/readiness.ts';

export type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/** A port as endpoints name it. */
export interface EndpointPort {
  name: string;
  port: number;
  protocol: string;
  appProtocol: string | undefined;
}

export interface EndpointPod {
  pod: Pod;
  address: string;
  nodeName: string | undefined;
  hostname: string | undefined;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
}

/** The pod as an endpoint of the service; undefined while it has no address, or when it is finished. */
export function endpointPod(service: Service, pod: Pod): EndpointPod | undefined {
  const address = pod.status?.podIP;
  if (!address || isFinished(pod)) {
    return undefined;
  }
  const terminating = isTerminating(pod);
  const serving = isReady(pod);
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  return {
    pod,
    address,
    nodeName,
    hostname: hostname && subdomain === service.metadata.name ? hostname : undefined,
    ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
    serving,
    terminating,
  };
}

/** The service's ports as this pod offers them; a port named in no container of the pod is left out. */
export function endpointPorts(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPort(servicePort, pod);
    return port === undefined
      ? []
      : [{ name: servicePort.name ?? '', port, protocol: servicePort.protocol ?? 'TCP', appProtocol: servicePort.appProtocol }];
  });
}

function targetPort(servicePort: ServicePort, pod: Pod): number | undefined {
  const target = servicePort.targetPort ?? servicePort.port;
  if (typeof target === 'number') {
    return target === 0 ? servicePort.port : target;
  }
  // Restartable init containers serve too; of the same name, an ordinary container's port counts first.
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const { name, containerPort, protocol } of container.ports ?? []) {
      if (name === target && (protocol ?? 'TCP') === (servicePort.protocol ?? 'TCP')) {
        return containerPort;
      }
    }
  }
  return undefined;
}

export function targetReference({ metadata }: Pod) {
  return { kind: 'Pod', namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}

/** When the newest change happened that endpoints should follow: a pod's readiness, or the service's creation. */
export function lastChange(service: Service, pods: readonly Pod[]): number {
  return pods.reduce(
    (latest, pod) => Math.max(latest, parseTime(conditionOf(pod, 'Ready')?.lastTransitionTime) ?? 0),
    parseTime(service.metadata.creationTimestamp) ?? 0,
  );
}
