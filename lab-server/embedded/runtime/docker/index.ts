// A runtime on Docker Engine: real images and containers, in the simulated network of the other one. Fails plainly where no engine answers.
import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import type { IFileSystem } from 'just-bash';
import { DocksideError, messageOf, type Clock } from '../../../base/index.ts';
import { SimulatedNetwork } from '../network/network.ts';
import type { Container, ContainerSpec, Runtime } from '../runtime.ts';
import { DockerContainer, type DockerHost } from './docker-container.ts';
import { DockerImages } from './docker-images.ts';

interface DockerRuntimeOptions {
  clock: Clock;
  /** Of the engine; by default what DOCKER_HOST says, else Docker's usual socket. */
  socketPath?: string;
}

/** Rejects with DOCKER_UNAVAILABLE when no engine answers. */
export async function createDockerRuntime({ clock, socketPath }: DockerRuntimeOptions): Promise<Runtime> {
  const docker = socketPath === undefined ? new Docker() : new Docker({ socketPath });
  try {
    await docker.ping();
  } catch (error) {
    throw new DocksideError(
      'DOCKER_UNAVAILABLE',
      `Docker Engine does not answer (${messageOf(error)}): start it, or say where it is with DOCKER_HOST.`,
      { cause: error },
    );
  }
  const network = new SimulatedNetwork({ clock });
  const containers = new Set<DockerContainer>();
  const owners = new Map<string, string>();
  const volumes = new Map<IFileSystem, string>();
  const host: DockerHost = {
    docker,
    clock,
    networkOwner: (address) => owners.get(address),
    owns(address, id) {
      owners.set(address, id);
      return { [Symbol.dispose]: () => void owners.delete(address) };
    },
    volumeOf(files) {
      const name = volumes.get(files) ?? `dockside-${randomBytes(8).toString('hex')}`;
      volumes.set(files, name);
      return name;
    },
  };
  return {
    clock,
    network,
    images: new DockerImages(docker),
    create(spec: ContainerSpec): Container {
      const container = new DockerContainer(host, spec, spec.id ?? randomBytes(32).toString('hex'));
      containers.add(container);
      void container.exited.then(() => containers.delete(container));
      return container;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...containers].map((container) => container.remove()));
      network.close();
      await Promise.all(
        [...volumes.values()].map((name) =>
          docker
            .getVolume(name)
            .remove({ force: true })
            .catch(() => undefined),
        ),
      );
    },
  };
}
