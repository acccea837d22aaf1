// Validation of Services (k8s.io/kubernetes/pkg/apis/core/validation, validateService).
import type { FieldError } from '../resources/kind.ts';
import type { Service } from '../types.ts';
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from '../values/names.ts';
import { sameValue } from '../values/same.ts';
import { validateAddress, validateCidr, validateEndpointAddress } from './addresses.ts';
import { duplicate, forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateLabels } from './object-meta.ts';
import { validatePort, validateProtocol } from './ports.ts';

type Spec = NonNullable<Service['spec']>;
type Port = NonNullable<Spec['ports']>[number];

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const kubeletPort = 10250;

export function validateService({ spec = {} }: Service): FieldError[] {
  const headless = spec.clusterIP === 'None';
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  errors.push(...validateType(spec, headless));
  const names = new Set<string>();
  ports.forEach((port, index) => errors.push(...validateServicePort(port, ports.length > 1, names, `spec.ports[${index}]`)));
  errors.push(...validateLabels(spec.selector, 'spec.selector'), ...validateAffinity(spec));
  if (spec.clusterIP && !headless && spec.type !== 'ExternalName') {
    errors.push(...validateAddress(spec.clusterIP, 'spec.clusterIPs[0]'));
  }
  spec.externalIPs?.forEach((address, index) => errors.push(...validateEndpointAddress(address, `spec.externalIPs[${index}]`)));
  if (!spec.type) {
    errors.push(required('spec.type'));
  } else if (!types.includes(spec.type)) {
    errors.push(notSupported('spec.type', spec.type, types));
  }
  return [...errors, ...validatePortsDiffer(ports, spec.type), ...validateTraffic(spec)];
}

/** What may not change once it is set. */
export function validateServiceChange(spec: Spec, old: Spec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.type !== 'ExternalName' && old.type !== 'ExternalName' && old.clusterIP) {
    if (spec.clusterIP !== old.clusterIP) {
      errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [spec.clusterIP], 'may not change once set'));
    }
  }
  const { loadBalancerClass } = spec;
  if (spec.type === 'LoadBalancer' && old.type === 'LoadBalancer' && !sameValue(loadBalancerClass, old.loadBalancerClass)) {
    errors.push(invalid('spec.loadBalancerClass', loadBalancerClass, 'may not change once set'));
  }
  return errors;
}

function validateType(spec: Spec, headless: boolean): FieldError[] {
  const errors: FieldError[] = [];
  switch (spec.type) {
    case 'LoadBalancer':
      spec.ports?.forEach((port, index) => {
        if (port.port === kubeletPort) {
          const detail = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
          errors.push(invalid(`spec.ports[${index}]`, port.port, detail));
        }
      });
      if (headless) {
        errors.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"));
      }
      break;
    case 'NodePort':
      if (headless) {
        errors.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"));
      }
      break;
    case 'ExternalName': {
      if (spec.clusterIP || spec.clusterIPs?.length) {
        errors.push(forbidden('spec.clusterIPs[0]', 'may not be set for ExternalName services'));
      }
      const name = spec.externalName?.replace(/\.$/, '') ?? '';
      errors.push(...(name === '' ? [required('spec.externalName')] : invalidFor('spec.externalName', name, dns1123Subdomain(name))));
      break;
    }
    default:
  }
  return errors;
}

function validateServicePort(port: Port, needsName: boolean, names: Set<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) {
    errors.push(...invalidFor(`${path}.name`, port.name, dns1123Label(port.name)));
    if (names.has(port.name)) {
      errors.push(duplicate(`${path}.name`, port.name));
    }
    names.add(port.name);
  } else if (needsName) {
    errors.push(required(`${path}.name`));
  }
  errors.push(
    ...invalidFor(`${path}.port`, port.port ?? 0, portNumber(port.port ?? 0)),
    ...validateProtocol(port.protocol, `${path}.protocol`),
    ...validatePort(port.targetPort, `${path}.targetPort`),
  );
  if (port.appProtocol) {
    errors.push(...invalidFor(`${path}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol)));
  }
  return errors;
}

function validateAffinity(spec: Spec): FieldError[] {
  const affinity = spec.sessionAffinity;
  if (!affinity) {
    return [required('spec.sessionAffinity')];
  }
  if (affinity !== 'ClientIP' && affinity !== 'None') {
    return [notSupported('spec.sessionAffinity', affinity, ['ClientIP', 'None'])];
  }
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (affinity === 'ClientIP' && typeof seconds === 'number' && (seconds <= 0 || seconds > 86400)) {
    return [invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, 'must be greater than 0 and less than 86400')];
  }
  return [];
}

function validatePortsDiffer(ports: readonly Port[], type: string | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  ports.forEach(({ nodePort }, index) => {
    if (type === 'ClusterIP' && nodePort) {
      errors.push(forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
  });
  ports.forEach(({ nodePort, protocol }, index) => {
    if (nodePort && nodePorts.has(`${protocol}/${nodePort}`)) {
      errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
    }
    nodePorts.add(`${protocol}/${nodePort}`);
  });
  ports.forEach(({ port, protocol }, index) => {
    if (numbers.has(`${protocol}/${port}`)) {
      // The server shows the pair that is there twice in the form it holds ports in.
      const pair = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      errors.push(duplicate(`spec.ports[${index}]`, pair));
    }
    numbers.add(`${protocol}/${port}`);
  });
  return errors;
}

function validateTraffic(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.loadBalancerSourceRanges?.length && spec.type !== 'LoadBalancer') {
    errors.push(forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'"));
  }
  spec.loadBalancerSourceRanges?.forEach((range, index) => {
    errors.push(...validateCidr(range.trim(), `spec.LoadBalancerSourceRanges[${index}]`));
  });
  if (typeof spec.allocateLoadBalancerNodePorts === 'boolean' && spec.type !== 'LoadBalancer') {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  }
  if (spec.loadBalancerClass && spec.type !== 'LoadBalancer') {
    errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  }
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && spec.externalIPs?.length);
  const policy = spec.externalTrafficPolicy;
  if (!external && policy) {
    errors.push(invalid('spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services'));
  } else if (external && !policy) {
    errors.push(required('spec.externalTrafficPolicy'));
  } else if (external && policy !== 'Cluster' && policy !== 'Local') {
    errors.push(notSupported('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']));
  }
  if (spec.healthCheckNodePort && !(spec.type === 'LoadBalancer' && policy === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, detail));
  }
  const inner = spec.internalTrafficPolicy;
  if (inner && inner !== 'Cluster' && inner !== 'Local') {
    errors.push(notSupported('spec.internalTrafficPolicy', inner, ['Cluster', 'Local']));
  }
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  if (spec.trafficDistribution && !distributions.includes(spec.trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', spec.trafficDistribution, distributions));
  }
  return errors;
}
