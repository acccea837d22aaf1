// A byte stream to a port of a pod, through the API server's port-forward: works from wherever the API is reached, with no route to pods or Services.
import { Duplex, PassThrough } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../base/index.ts';

export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Rejects with `ECONNREFUSED` when the cluster does not forward. Errors of the pod's side end the stream. */
export async function connectToPod(config: KubeConfig, { namespace, pod, port }: PodPort): Promise<Duplex> {
  const { PortForward } = await import('@kubernetes/client-node');
  const toPod = new PassThrough();
  const fromPod = new PassThrough();
  const errors = new PassThrough();
  const stream = Duplex.from({ readable: fromPod, writable: toPod });
  try {
    const socket = await new PortForward(config).portForward(namespace, pod, [port], fromPod, errors, toPod);
    if (typeof socket === 'function') {
      throw new Error('the connection was not made');
    }
    errors.once('data', () => socket.close());
    socket.onclose = () => fromPod.end();
    stream.once('close', () => socket.close());
  } catch (error) {
    stream.destroy();
    throw Object.assign(new Error(`connect ECONNREFUSED ${pod}:${port}: ${messageOf(error)}`), { code: 'ECONNREFUSED' });
  }
  return stream;
}
