// The user and groups a container's processes run with, and the checks of runAsNonRoot.
import type { Image } from '../../runtime/runtime.ts';
import type { Pod } from '../types.ts';
import { ConfigError } from './config-error.ts';
import type { ContainerUser } from './container-record.ts';
import type { ContainerSpec } from './kinds.ts';

export interface Identity {
  /** As the runtime takes it: `101`, `101:101`, `nginx`; undefined for the image's own. */
  user: string | undefined;
  status: ContainerUser;
}

/** Throws ConfigError when the image's user breaks runAsNonRoot. */
export function identityOf(pod: Pod, container: ContainerSpec, image: Image): Identity {
  const outer = pod.spec?.securityContext;
  const inner = container.securityContext;
  const [imageUser = '', imageGroup] = image.user.split(':');
  const runAsUser = inner?.runAsUser ?? outer?.runAsUser;
  const runAsGroup = inner?.runAsGroup ?? outer?.runAsGroup;
  const imageUid = imageUser === '' ? 0 : /^\d+$/.test(imageUser) ? Number(imageUser) : undefined;
  if (inner?.runAsNonRoot ?? outer?.runAsNonRoot) {
    const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
    if (runAsUser === 0) {
      throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
    }
    if (runAsUser === undefined && imageUid === undefined) {
      throw new ConfigError(
        `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root ${where}`,
      );
    }
    if (runAsUser === undefined && imageUid === 0) {
      throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
    }
  }
  const uid = runAsUser ?? imageUid ?? 0;
  const gid = runAsGroup ?? (imageGroup && /^\d+$/.test(imageGroup) ? Number(imageGroup) : 0);
  const groups = [gid, ...(outer?.fsGroup === undefined ? [] : [outer.fsGroup]), ...(outer?.supplementalGroups ?? [])];
  const overridden = runAsUser !== undefined || runAsGroup !== undefined;
  return {
    user: overridden ? `${runAsUser ?? (imageUser === '' ? 0 : imageUser)}:${gid}` : undefined,
    status: { uid, gid, supplementalGroups: [...new Set(groups)].toSorted((a, b) => a - b) },
  };
}
