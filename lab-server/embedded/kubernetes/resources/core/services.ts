// services: one address for the pods a selector names. Its addresses and node ports are given out when it is written.
import type { Service } from '../../types.ts';
import { labelName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { validateService, validateServiceChange } from '../../validation/services.ts';
import { formatLabels } from '../../values/label-selector.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { KindContext, KindDefinition } from '../kind.ts';

type Spec = NonNullable<Service['spec']>;
type Port = NonNullable<Spec['ports']>[number];

export const services: KindDefinition<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  model: 'V1Service',
  subresources: { status: true },
  hasGeneration: false,
  createsOnUpdate: true,
  columns: [
    nameColumn(),
    textColumn('Type', (service) => service.spec?.type ?? ''),
    textColumn('Cluster-IP', (service) => service.spec?.clusterIPs?.[0] ?? '<none>'),
    textColumn('External-IP', externalAddress),
    textColumn('Port(s)', portsText),
    ageColumn(),
    textColumn('Selector', (service) => formatLabels(service.spec?.selector), { wide: true }),
  ],
  setDefaults(service) {
    const spec = (service.spec ??= {});
    spec.sessionAffinity ||= 'None';
    if (spec.sessionAffinity === 'None') {
      delete spec.sessionAffinityConfig;
    } else if (spec.sessionAffinity === 'ClientIP') {
      ((spec.sessionAffinityConfig ??= {}).clientIP ??= {}).timeoutSeconds ??= 10800;
    }
    spec.type ||= 'ClusterIP';
    for (const port of spec.ports ?? []) {
      port.protocol ||= 'TCP';
      port.targetPort ||= port.port;
    }
    if (isReachable(spec)) {
      spec.externalTrafficPolicy ||= 'Cluster';
    }
    if (spec.type !== 'ExternalName') {
      spec.internalTrafficPolicy ??= 'Cluster';
    }
    if (spec.type === 'LoadBalancer') {
      spec.allocateLoadBalancerNodePorts ??= true;
    }
  },
  prepareForCreate(service, context) {
    service.status = { loadBalancer: {} };
    allocate((service.spec ??= {}), undefined, context);
  },
  prepareForUpdate(service, old, context) {
    service.status = old.status ?? { loadBalancer: {} };
    const spec = (service.spec ??= {});
    const before = old.spec ?? {};
    carryOver(spec, before);
    dropUnusable(spec, before);
    releaseUnused(spec, before, context);
    allocate(spec, before, context);
    if (spec.type !== 'LoadBalancer') {
      service.status = { loadBalancer: {} };
    }
  },
  validateCreate: (service) => [...validateObjectMeta(service.metadata, true, labelName), ...validateService(service)],
  validateUpdate: (service, old) => [
    ...validateObjectMetaUpdate(service.metadata, old.metadata),
    ...validateServiceChange(service.spec ?? {}, old.spec ?? {}),
    ...validateService(service),
  ],
  afterDelete({ spec }, context) {
    if (spec) {
      releaseUnused({}, spec, context);
    }
  },
  selectableFields: (service) => ({ 'spec.clusterIP': service.spec?.clusterIP ?? '', 'spec.type': service.spec?.type ?? '' }),
  warnings: ({ spec }) =>
    (spec?.externalIPs ?? []).length > 0 && spec?.type === 'ExternalName'
      ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
      : [],
};

function isReachable(spec: Spec): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
}

function hasAddress(address: string | undefined): address is string {
  return address !== undefined && address !== '' && address !== 'None';
}

function wantsNodePorts(spec: Spec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** What a client need not repeat: addresses and node ports of before, where the new type has a use for them. */
function carryOver(spec: Spec, before: Spec): void {
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    spec.clusterIP ||= before.clusterIP;
    spec.clusterIPs ??= before.clusterIPs;
  }
  if (wantsNodePorts(spec) && wantsNodePorts(before)) {
    const taken = new Set(spec.ports?.map((port) => port.nodePort).filter(Boolean));
    for (const port of spec.ports ?? []) {
      const same = before.ports?.find((one) => one.port === port.port && one.protocol === port.protocol)?.nodePort;
      if (!port.nodePort && same && !taken.has(same)) {
        port.nodePort = same;
        taken.add(same);
      }
    }
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before)) {
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
  }
}

/** Fields left from the type of before that the new type must not have; what the client itself changed stays, to be refused. */
function dropUnusable(spec: Spec, before: Spec): void {
  if (spec.type === before.type) {
    return;
  }
  if (spec.type === 'ExternalName') {
    if (spec.clusterIP === before.clusterIP) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    delete spec.internalTrafficPolicy;
  }
  if (!wantsNodePorts(spec) && wantsNodePorts(before)) {
    for (const port of spec.ports ?? []) {
      if (before.ports?.some((one) => one.nodePort === port.nodePort)) {
        delete port.nodePort;
      }
    }
  }
  if (!isReachable(spec)) {
    delete spec.externalTrafficPolicy;
  }
  if (spec.type !== 'LoadBalancer') {
    delete spec.allocateLoadBalancerNodePorts;
    delete spec.loadBalancerClass;
  }
  if (!needsHealthCheck(spec)) {
    delete spec.healthCheckNodePort;
  }
}

function needsHealthCheck(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

function releaseUnused(spec: Spec, before: Spec, context: KindContext): void {
  if (hasAddress(before.clusterIP) && spec.clusterIP !== before.clusterIP) {
    context.releaseClusterIP(before.clusterIP);
  }
  const kept = new Set(spec.ports?.map((port) => port.nodePort));
  for (const port of nodePorts(before)) {
    if (!kept.has(port) && port !== spec.healthCheckNodePort) {
      context.releaseNodePort(port);
    }
  }
}

function nodePorts(spec: Spec): number[] {
  return [...new Set([...(spec.ports ?? []).map((port) => port.nodePort), spec.healthCheckNodePort].filter((port) => port !== undefined))];
}

function allocate(spec: Spec, before: Spec | undefined, context: KindContext): void {
  if (spec.type === 'ExternalName') {
    return;
  }
  const headless = spec.clusterIP === 'None';
  const wanted = spec.clusterIP || spec.clusterIPs?.[0] || undefined;
  if (!headless && (wanted === undefined || wanted !== before?.clusterIP)) {
    spec.clusterIP = context.allocateClusterIP(wanted);
  }
  if (spec.clusterIP) {
    spec.clusterIPs = [spec.clusterIP];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= headless && !spec.selector ? 'RequireDualStack' : 'SingleStack';
    if (spec.ipFamilyPolicy === 'RequireDualStack' && headless && spec.ipFamilies.length === 1) {
      spec.ipFamilies = ['IPv4', 'IPv6'];
    }
  }
  if (!wantsNodePorts(spec)) {
    return;
  }
  const held = new Set(before ? nodePorts(before) : []);
  const hadNodePorts = before !== undefined && wantsNodePorts(before);
  (hadNodePorts ? drawMissingNodePorts : drawNodePorts)(spec.ports ?? [], held, context);
  if (needsHealthCheck(spec) && !(spec.healthCheckNodePort && held.has(spec.healthCheckNodePort))) {
    spec.healthCheckNodePort = context.allocateNodePort(spec.healthCheckNodePort || undefined);
  }
}

/** Where a Service had none, one number serves a port over every protocol. */
function drawNodePorts(ports: Port[], _held: ReadonlySet<number>, context: KindContext): void {
  const drawn = new Map<number, number>();
  for (const port of ports) {
    const shared = drawn.get(port.port);
    if (shared === undefined) {
      const asked = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort;
      port.nodePort = context.allocateNodePort(asked);
      drawn.set(port.port, port.nodePort);
    } else if (!port.nodePort) {
      port.nodePort = shared;
    } else if (port.nodePort !== shared) {
      context.allocateNodePort(port.nodePort);
    }
  }
}

function drawMissingNodePorts(ports: Port[], held: ReadonlySet<number>, context: KindContext): void {
  const taken = new Set(held);
  for (const port of ports) {
    if (!port.nodePort || !taken.has(port.nodePort)) {
      port.nodePort = context.allocateNodePort(port.nodePort || undefined);
      taken.add(port.nodePort);
    }
  }
}

function externalAddress({ spec, status }: Service): string {
  const extra = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'ClusterIP':
    case 'NodePort':
      return extra.length > 0 ? extra.join(',') : '<none>';
    case 'LoadBalancer': {
      const given = (status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '').filter(Boolean);
      const all = [...[...new Set(given)].toSorted(), ...extra];
      return all.length > 0 ? all.join(',') : '<pending>';
    }
    default:
      return '<unknown>';
  }
}

function portsText({ spec }: Service): string {
  const ports = spec?.ports ?? [];
  return ports.length === 0
    ? '<none>'
    : ports.map(({ port, nodePort, protocol }) => (nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`)).join(',');
}
