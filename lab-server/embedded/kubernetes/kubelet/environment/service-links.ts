// The variables that point a container at the Services of its namespace (WEB_SERVICE_HOST, WEB_PORT_80_TCP_ADDR, …).
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
import type { Service } from '../../types.ts';

/** Services of `namespace` where links are enabled; the API server's own always. */
export function serviceEnvironment(services: readonly Service[], namespace: string, linksEnabled: boolean): Record<string, string> {
  const env: Record<string, string> = {};
  for (const service of services) {
    const isMaster = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';
    if (isMaster || (linksEnabled && service.metadata.namespace === namespace)) {
      Object.assign(env, variablesOf(service));
    }
  }
  return env;
}

function variablesOf(service: Service): Record<string, string> {
  const address = service.spec?.clusterIP;
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (!address || address === 'None' || !first) {
    return {};
  }
  const name = variableName(service.metadata.name);
  const host = address.includes(':') ? `[${address}]` : address;
  const env: Record<string, string> = { [`${name}_SERVICE_HOST`]: address, [`${name}_SERVICE_PORT`]: String(first.port) };
  for (const port of ports) {
    if (port.name) {
      env[`${name}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port);
    }
  }
  const urlOf = (port: { port: number; protocol?: string }): string => `${(port.protocol ?? 'TCP').toLowerCase()}://${host}:${port.port}`;
  env[`${name}_PORT`] = urlOf(first);
  for (const port of ports) {
    const protocol = port.protocol ?? 'TCP';
    const prefix = `${name}_PORT_${port.port}_${protocol}`;
    env[prefix] = urlOf(port);
    env[`${prefix}_PROTO`] = protocol.toLowerCase();
    env[`${prefix}_PORT`] = String(port.port);
    env[`${prefix}_ADDR`] = address;
  }
  return env;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
