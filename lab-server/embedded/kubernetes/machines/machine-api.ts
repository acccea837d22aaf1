// What lies under the cluster, for `minikube`: machines, addons and images. Plain JSON over the API server's own TLS and certificates, at the
// host's address as the nodes know it (192.168.49.1), so that it answers while the cluster is switched off. Paths begin with /minikube/v1.
import { DocksideError } from '../../../base/index.ts';
import { ImagePullError, type ImageStore } from '../../runtime/runtime.ts';
import { ApiError } from '../api/errors.ts';
import { MACHINE_PATH } from '../api/route.ts';
import { KUBERNETES_VERSION } from '../api/static.ts';
import type { Nodes } from '../nodes.ts';
import type { Addons } from './addons.ts';
import type { ClusterLife } from './cluster-life.ts';
import type * as Requests from './machine-requests.ts';

export interface MachineParts {
  life: ClusterLife;
  nodes: Nodes;
  addons: Addons;
  images: ImageStore;
}

export interface MachineAnswer {
  code: number;
  body: object;
  isWrite: boolean;
}

/** `body`: what was sent, as a text. Throws ApiError, whose message is a sentence for the person at the terminal. */
export async function answerMachines(parts: MachineParts, method: string, path: string, body: string): Promise<MachineAnswer> {
  try {
    return { code: 200, body: await answer(parts, `${method} ${path.slice(MACHINE_PATH.length)}`, body), isWrite: method !== 'GET' };
  } catch (error) {
    if (error instanceof DocksideError) {
      const isUnknown = error.code === 'MACHINE_UNKNOWN';
      throw new ApiError(isUnknown ? 404 : 400, isUnknown ? 'NotFound' : 'BadRequest', error.message);
    }
    if (error instanceof ImagePullError) {
      throw new ApiError(404, 'NotFound', error.message);
    }
    throw error;
  }
}

async function answer(parts: MachineParts, request: string, body: string): Promise<object> {
  const { life, nodes, addons, images } = parts;
  switch (request) {
    case 'GET /cluster':
      return {
        power: life.power,
        version: KUBERNETES_VERSION,
        nodes: life.power === 'absent' ? [] : nodes.machines(),
        addons: addons.list(),
      };
    case 'POST /cluster/start':
      life.start((await requests()).readStart(body).nodes);
      return { power: life.power };
    case 'POST /cluster/stop':
      life.stop();
      return { power: life.power };
    case 'POST /cluster/delete':
      life.delete();
      return { power: life.power };
    case 'POST /nodes':
      mustRun(life);
      return { name: nodes.add() };
    case 'GET /images':
      return {
        images: images
          .list()
          .map(({ reference }) => reference)
          .toSorted(),
      };
    case 'POST /images':
      return { reference: (await images.pull((await requests()).readImage(body).reference, new AbortController().signal)).reference };
    default:
      return onOne(parts, request, body);
  }
}

async function onOne({ life, nodes, addons }: MachineParts, request: string, body: string): Promise<object> {
  const node = /^(?:POST \/nodes\/([a-z0-9-]+)\/(start|stop)|(DELETE) \/nodes\/([a-z0-9-]+))$/.exec(request);
  if (node) {
    const name = node[1] ?? node[4] ?? '';
    if (!nodes.machines().some((machine) => machine.name === name)) {
      throw new DocksideError('MACHINE_UNKNOWN', `there is no node ${name}`);
    }
    if (node[2] === 'start') {
      mustRun(life);
      nodes.startNode(name);
    } else if (node[2] === 'stop') {
      nodes.stopNode(name);
    } else {
      nodes.deleteNode(name);
    }
    return { name };
  }
  const addon = /^PUT \/addons\/([a-z0-9-]+)$/.exec(request)?.[1];
  if (addon !== undefined) {
    mustRun(life);
    return addons.set(addon, (await requests()).readAddon(body).enabled);
  }
  throw new DocksideError('MACHINE_UNKNOWN', 'there is nothing at this path');
}

/** A node or an addon in a cluster that is off would be there without the rest, and a cluster that is made next would take it for its own. */
function mustRun({ power }: ClusterLife): void {
  if (power !== 'running') {
    throw new DocksideError('CLUSTER_NOT_RUNNING', 'the cluster is not running: use `minikube start` first');
  }
}

/** Loaded when somebody asks for a change, which few labs ever do: the schemas' library would be most of what a cluster's thread loads. */
function requests(): Promise<typeof Requests> {
  return import('./machine-requests.ts');
}
