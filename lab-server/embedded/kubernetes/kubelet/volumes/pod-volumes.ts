// The volumes of one pod as file systems, kept up to date while the pod lives.
import type { IFileSystem } from 'just-bash';
import type { Clock } from '../../../../base/index.ts';
import { createMemoryFileSystem } from '../../../runtime/files/memory-file-system.ts';
import { applyChanges, changesOf, type TreeChange } from '../../../runtime/files/tree-changes.ts';
import type { VirtualFileSystem } from '../../../runtime/files/virtual-file-system.ts';
import type { Mount } from '../../../runtime/runtime.ts';
import { microTime, tryParseQuantity, wholeValue } from '../../values/index.ts';
import { expand } from '../environment/expansion.ts';
import { ConfigError, MountError } from '../config-error.ts';
import { type ContainerSpec, PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM, type Volume } from '../kinds.ts';
import { AtomicDirectory } from './atomic-directory.ts';
import type { NodeFiles } from './node-files.ts';
import { payloadOf, type PayloadSources } from './payload.ts';

interface MountedVolume {
  files: IFileSystem;
  /** Root of the volume inside `files`. */
  root: string;
  readOnly: boolean;
}

export class PodVolumes {
  readonly #clock: Clock;
  readonly #nodeFiles: NodeFiles;
  readonly #mounted = new Map<string, MountedVolume>();
  readonly #directories = new Map<string, AtomicDirectory>();
  /** The pod's own directories, by volume. */
  readonly #own = new Map<string, VirtualFileSystem>();
  /** What is yet to be put back. */
  #restored: Readonly<Record<string, readonly TreeChange[]>>;

  /** `restored`: what the pod's own directories held before. */
  constructor(clock: Clock, nodeFiles: NodeFiles, restored: Readonly<Record<string, readonly TreeChange[]>> = {}) {
    this.#clock = clock;
    this.#nodeFiles = nodeFiles;
    this.#restored = restored;
  }

  /** What the pod's own directories hold, by volume. */
  snapshot(): Record<string, TreeChange[]> {
    return Object.fromEntries(Array.from(this.#own, ([name, files]) => [name, changesOf(files.tree)]));
  }

  /** Mounts what is not mounted yet and brings the files of API objects up to date. Throws MountError for the first that fails. */
  async sync(sources: PayloadSources): Promise<void> {
    for (const volume of sources.pod.spec?.volumes ?? []) {
      const payload = payloadOf(volume, sources);
      if (payload) {
        let directory = this.#directories.get(volume.name);
        if (!directory) {
          directory = new AtomicDirectory(this.#clock);
          this.#directories.set(volume.name, directory);
          this.#mounted.set(volume.name, { files: directory.files, root: '/', readOnly: true });
        }
        await directory.write(payload, folderStamp(this.#clock.now()));
      } else if (!this.#mounted.has(volume.name)) {
        this.#mounted.set(volume.name, await this.#mount(volume, sources));
      }
    }
  }

  /** The mounts of one container. Throws ConfigError when one names a volume or path that cannot be mounted. */
  async mountsOf(container: ContainerSpec, env: Readonly<Record<string, string>>): Promise<Mount[]> {
    const mounts: Mount[] = [];
    for (const mount of container.volumeMounts ?? []) {
      const volume = this.#mounted.get(mount.name);
      if (!volume) {
        throw new ConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
      }
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, env) : mount.subPath;
      const sourcePath = subPath ? joinPath(volume.root, subPath) : volume.root;
      if (subPath && !(await volume.files.exists(sourcePath))) {
        if (volume.readOnly) {
          throw new ConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`);
        }
        await volume.files.mkdir(sourcePath, { recursive: true });
      }
      mounts.push({ path: mount.mountPath, files: volume.files, sourcePath, readOnly: volume.readOnly || mount.readOnly === true });
    }
    return mounts;
  }

  async #mount(volume: Volume, { client, pod }: PayloadSources): Promise<MountedVolume> {
    if (volume.hostPath) {
      return this.#hostPath(volume.name, volume.hostPath.path, volume.hostPath.type ?? '', false);
    }
    const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);
    if (claimName === undefined) {
      // emptyDir, and sources that only exist on real machines: an empty directory of the pod's own.
      const { medium, sizeLimit } = volume.emptyDir ?? {};
      // Only a memory-backed emptyDir has a hard size; on disk, passing sizeLimit evicts the pod instead.
      const capacity = medium === 'Memory' ? tryParseQuantity(sizeLimit) : undefined;
      const files = createMemoryFileSystem(this.#clock, capacity ? { capacity: wholeValue(capacity) } : {});
      await files.chmod('/', 0o777);
      const { [volume.name]: restored = [], ...others } = this.#restored;
      applyChanges(files.tree, restored);
      this.#restored = others;
      this.#own.set(volume.name, files);
      return { files, root: '/', readOnly: false };
    }
    const claim = client.get(PERSISTENT_VOLUME_CLAIM, pod.metadata.namespace ?? 'default', claimName);
    if (!claim) {
      throw new MountError(volume.name, `persistentvolumeclaim "${claimName}" not found`);
    }
    const persistent = client.get(PERSISTENT_VOLUME, undefined, claim.spec?.volumeName ?? '');
    if (!persistent || claim.status?.phase !== 'Bound') {
      throw new MountError(volume.name, `persistentvolumeclaim "${claimName}" is not bound`);
    }
    const readOnly = volume.persistentVolumeClaim?.readOnly === true;
    const path = persistent.spec?.hostPath?.path ?? persistent.spec?.local?.path;
    if (path !== undefined) {
      // The storage provisioner lets everyone write to the directories it makes.
      return this.#hostPath(volume.name, path, 'DirectoryOrCreate', readOnly, 0o777);
    }
    return { files: this.#nodeFiles.shared(persistent.metadata.name), root: '/', readOnly };
  }

  async #hostPath(volume: string, path: string, type: string, readOnly: boolean, mode = 0o755): Promise<MountedVolume> {
    const { files } = this.#nodeFiles;
    const found = (await files.exists(path)) ? await files.stat(path) : undefined;
    const refuse = (what: string): never => {
      throw new MountError(volume, `hostPath type check failed: ${path} is not a ${what}`);
    };
    if ((type === 'Directory' || type === 'DirectoryOrCreate') && found && !found.isDirectory) {
      refuse('directory');
    }
    if ((type === 'File' || type === 'FileOrCreate') && found && !found.isFile) {
      refuse('file');
    }
    if (!found) {
      if (type === 'Directory' || type === 'File') {
        refuse(type.toLowerCase());
      }
      if (type === 'Socket' || type === 'CharDevice' || type === 'BlockDevice') {
        refuse(type === 'Socket' ? 'socket' : type === 'CharDevice' ? 'character device' : 'block device');
      }
      if (type === 'FileOrCreate') {
        await files.writeFile(path, '');
      } else {
        await files.mkdir(path, { recursive: true });
        await files.chmod(path, mode);
      }
    }
    return { files, root: path, readOnly };
  }
}

/** `2026_11_24_23_13_08.169000000`: the folder of one state of a volume's files, named by the time as the kubelet names it. */
function folderStamp(now: number): string {
  const [day = '', time = ''] = microTime(now).replace('Z', '000').split('T');
  return `${day.replaceAll('-', '_')}_${time.replaceAll(':', '_')}`;
}

function joinPath(root: string, path: string): string {
  return root === '/' ? `/${path}` : `${root}/${path}`;
}
