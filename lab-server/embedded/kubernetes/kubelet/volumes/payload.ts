// The files of the volumes that show API objects: ConfigMap, Secret, downward API, service account token, and their projections.
import type * as models from '@kubernetes/client-node';
import type { Pod, Wire } from '../../types.ts';
import { fieldValue, type PodPlace, resourceValue } from '../environment/downward.ts';
import { MountError } from '../config-error.ts';
import { CONFIG_MAP, type ConfigMap, SECRET, type Secret, type Volume } from '../kinds.ts';
import type { ClusterClient } from '../../cluster-client.ts';
import { decodeSecretBytes } from './secret-text.ts';

export interface PayloadFile {
  /** Relative, such as `conf.d/site.conf`. */
  path: string;
  content: string | Uint8Array;
  mode: number;
}

export interface TokenRequest {
  namespace: string;
  serviceAccount: string;
  audience: string | undefined;
  expirationSeconds: number;
  pod: { name: string; uid: string };
}

export interface PayloadSources {
  client: ClusterClient;
  pod: Pod;
  place: PodPlace;
  allocatable: Readonly<Record<string, string>>;
  issueToken: (request: TokenRequest) => string;
}

type KeyToPath = Wire<models.V1KeyToPath>;
type DownwardItem = Wire<models.V1DownwardAPIVolumeFile>;
type Projection = Wire<models.V1VolumeProjection>;

const DEFAULT_MODE = 0o644;

/** The files of a volume that shows API objects; undefined for every other volume. Throws MountError. */
export function payloadOf(volume: Volume, sources: PayloadSources): PayloadFile[] | undefined {
  if (volume.configMap) {
    const { name, items, optional, defaultMode } = volume.configMap;
    return objectFiles('configmap', name, { volume: volume.name, items, optional, mode: defaultMode ?? DEFAULT_MODE, sources });
  }
  if (volume.secret) {
    const { secretName, items, optional, defaultMode } = volume.secret;
    return objectFiles('secret', secretName, { volume: volume.name, items, optional, mode: defaultMode ?? DEFAULT_MODE, sources });
  }
  if (volume.downwardAPI) {
    const { items, defaultMode } = volume.downwardAPI;
    return downwardFiles(items ?? [], defaultMode ?? DEFAULT_MODE, sources);
  }
  if (volume.projected) {
    const mode = volume.projected.defaultMode ?? DEFAULT_MODE;
    return (volume.projected.sources ?? []).flatMap((projection) => projectedFiles(volume.name, projection, mode, sources));
  }
  return undefined;
}

function projectedFiles(volume: string, projection: Projection, mode: number, sources: PayloadSources): PayloadFile[] {
  const { pod } = sources;
  if (projection.configMap) {
    const { name, items, optional } = projection.configMap;
    return objectFiles('configmap', name, { volume, items, optional, mode, sources });
  }
  if (projection.secret) {
    const { name, items, optional } = projection.secret;
    return objectFiles('secret', name, { volume, items, optional, mode, sources });
  }
  if (projection.downwardAPI) {
    return downwardFiles(projection.downwardAPI.items ?? [], mode, sources);
  }
  if (projection.serviceAccountToken) {
    const { path, audience, expirationSeconds } = projection.serviceAccountToken;
    const content = sources.issueToken({
      namespace: pod.metadata.namespace ?? 'default',
      serviceAccount: pod.spec?.serviceAccountName ?? 'default',
      audience,
      expirationSeconds: expirationSeconds ?? 3600,
      pod: { name: pod.metadata.name, uid: pod.metadata.uid },
    });
    return [{ path, content, mode }];
  }
  return [];
}

type Source = 'configmap' | 'secret';

/** The files of a ConfigMap or Secret. */
function objectFiles(
  source: Source,
  name: string | undefined,
  {
    volume,
    items,
    optional,
    mode,
    sources,
  }: {
    volume: string;
    items: readonly KeyToPath[] | undefined;
    optional: boolean | undefined;
    mode: number;
    sources: PayloadSources;
  },
): PayloadFile[] {
  const data = dataOf(source, name ?? '', sources);
  if (!data) {
    return missing(volume, `${source} "${name}" not found`, optional);
  }
  const problem = `references non-existent ${source === 'secret' ? 'secret' : 'config'} key`;
  return keyedFiles(volume, data, items, mode, optional, problem);
}

function dataOf(source: Source, name: string, { client, pod }: PayloadSources): ReadonlyMap<string, string | Uint8Array> | undefined {
  const namespace = pod.metadata.namespace ?? 'default';
  if (source === 'secret') {
    const secret = client.get(SECRET, namespace, name);
    return secret && dataOfSecret(secret);
  }
  const configMap = client.get(CONFIG_MAP, namespace, name);
  return configMap && dataOfConfigMap(configMap);
}

function downwardFiles(items: readonly DownwardItem[], mode: number, { pod, place, allocatable }: PayloadSources): PayloadFile[] {
  return items.map((item) => {
    const { fieldRef, resourceFieldRef } = item;
    const container = pod.spec?.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    const value = fieldRef
      ? fieldValue(pod, fieldRef.fieldPath, place)
      : resourceFieldRef && container
        ? resourceValue(container, resourceFieldRef.resource, resourceFieldRef.divisor, allocatable)
        : undefined;
    return { path: item.path, content: value ?? '', mode: item.mode ?? mode };
  });
}

function missing(volume: string, message: string, optional: boolean | undefined): PayloadFile[] {
  if (optional) {
    return [];
  }
  throw new MountError(volume, message);
}

function keyedFiles(
  volume: string,
  data: ReadonlyMap<string, string | Uint8Array>,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean | undefined,
  problem: string,
): PayloadFile[] {
  if (!items || items.length === 0) {
    return [...data].map(([path, content]) => ({ path, content, mode }));
  }
  return items.flatMap(({ key, path, mode: own }) => {
    const content = data.get(key);
    if (content === undefined) {
      return missing(volume, `${problem}: ${key}`, optional);
    }
    return [{ path, content, mode: own ?? mode }];
  });
}

function dataOfConfigMap(configMap: ConfigMap): ReadonlyMap<string, string | Uint8Array> {
  return new Map<string, string | Uint8Array>([
    ...Object.entries(configMap.data ?? {}),
    ...Object.entries(configMap.binaryData ?? {}).map(([key, value]) => [key, decodeSecretBytes(value)] as const),
  ]);
}

function dataOfSecret(secret: Secret): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, decodeSecretBytes(value)] as const));
}
