// A container's environment: envFrom, then env in its order, with $(NAME) expansion, then service links.
import type { ClusterClient } from '../../cluster-client.ts';
import type { Pod } from '../../types.ts';
import { ConfigError } from '../config-error.ts';
import { CONFIG_MAP, type ContainerSpec, type EnvVar, SECRET, SERVICE } from '../kinds.ts';
import { decodeSecretText } from '../volumes/secret-text.ts';
import { fieldValue, type PodPlace, resourceValue } from './downward.ts';
import { expand } from './expansion.ts';
import { serviceEnvironment } from './service-links.ts';

export interface EnvironmentSources {
  client: ClusterClient;
  pod: Pod;
  container: ContainerSpec;
  place: PodPlace;
  allocatable: Readonly<Record<string, string>>;
}

/** Throws ConfigError when a ConfigMap, Secret or key that is not optional is missing. */
export function containerEnvironment(sources: EnvironmentSources): Record<string, string> {
  const { client, pod, container } = sources;
  const namespace = pod.metadata.namespace ?? 'default';
  const links = serviceEnvironment(client.list(SERVICE), namespace, pod.spec?.enableServiceLinks !== false);
  const result: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const data = source.configMapRef
      ? configMapData(client, namespace, source.configMapRef.name, source.configMapRef.optional)
      : secretData(client, namespace, source.secretRef?.name, source.secretRef?.optional);
    for (const key of Object.keys(data ?? {}).toSorted()) {
      result[`${source.prefix ?? ''}${key}`] = data?.[key] ?? '';
    }
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, sources, namespace, { ...links, ...result });
    if (value !== undefined) {
      result[variable.name] = value;
    }
  }
  // What the pod says comes first, as the kubelet hands it over.
  return { ...result, ...links, ...result };
}

function variableValue(
  variable: EnvVar,
  sources: EnvironmentSources,
  namespace: string,
  known: Readonly<Record<string, string>>,
): string | undefined {
  const { client, pod, container, place, allocatable } = sources;
  const from = variable.valueFrom;
  if (!from) {
    return expand(variable.value ?? '', known);
  }
  if (from.fieldRef) {
    return fieldValue(pod, from.fieldRef.fieldPath, place);
  }
  if (from.resourceFieldRef) {
    const { containerName, resource, divisor } = from.resourceFieldRef;
    const named = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(({ name }) => name === containerName);
    return resourceValue(named ?? container, resource, divisor, allocatable);
  }
  if (from.configMapKeyRef) {
    const { name, key, optional } = from.configMapKeyRef;
    const data = configMapData(client, namespace, name, optional);
    return valueOf(data, key, optional, `couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
  }
  if (from.secretKeyRef) {
    const { name, key, optional } = from.secretKeyRef;
    const data = secretData(client, namespace, name, optional);
    return valueOf(data, key, optional, `couldn't find key ${key} in Secret ${namespace}/${name}`);
  }
  return undefined;
}

function valueOf(
  data: Readonly<Record<string, string>> | undefined,
  key: string,
  optional: boolean | undefined,
  problem: string,
): string | undefined {
  if (data && Object.hasOwn(data, key)) {
    return data[key];
  }
  if (optional) {
    return undefined;
  }
  throw new ConfigError(problem);
}

function configMapData(
  client: ClusterClient,
  namespace: string,
  name: string | undefined,
  optional: boolean | undefined,
): Record<string, string> | undefined {
  const found = client.get(CONFIG_MAP, namespace, name ?? '');
  if (!found && !optional) {
    throw new ConfigError(`configmap "${name}" not found`);
  }
  return found ? (found.data ?? {}) : undefined;
}

function secretData(
  client: ClusterClient,
  namespace: string,
  name: string | undefined,
  optional: boolean | undefined,
): Record<string, string> | undefined {
  const found = client.get(SECRET, namespace, name ?? '');
  if (!found && !optional) {
    throw new ConfigError(`secret "${name}" not found`);
  }
  return found ? Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, decodeSecretText(value)])) : undefined;
}
