// A container's log for `kubectl logs`: past lines by the request's options, then, with follow, new ones until the container ends.
import { Readable } from 'node:stream';
import type { Container, LogLine } from '../../../runtime/runtime.ts';
import type { Pod } from '../../types.ts';
import { microTime } from '../../values/index.ts';
import { badRequest } from '../errors.ts';
import { containerOf, podOf } from './container-choice.ts';
import type { StreamingHost, StreamingTarget } from './host.ts';
import { type LogOptions, logOptionsOf } from './log-options.ts';

/**
 * The text of a log request (text/plain). Throws ApiError before there is any: NotFound, BadRequest while the container waits to start,
 * Invalid for options. The stream ends when the log does, and is to be destroyed when the client goes away.
 */
export function openLog(host: StreamingHost, target: StreamingTarget): Readable {
  const options = logOptionsOf(target.query, target.pod, host.clock.now());
  const pod = podOf(host, target);
  const name = containerOf(pod, options.container);
  const { nodeName } = pod.spec ?? {};
  if (!nodeName) {
    // A pod without a node has nothing to say yet.
    return Readable.from([]);
  }
  checkStatus(pod, name, options.previous);
  const handle = host.kubelet(nodeName)?.container(pod.metadata.uid, name);
  const container = options.previous ? handle?.previous : handle?.current;
  if (!container) {
    const which = options.previous ? 'previous terminated ' : '';
    throw badRequest(`${which}container ${JSON.stringify(name)} in pod ${JSON.stringify(target.pod)} not found`);
  }
  const abort = new AbortController();
  const text = Readable.from(limited(linesOf(container, options, abort.signal), options), { objectMode: false });
  text.once('close', () => abort.abort(new Error('the reader has gone away')));
  return text;
}

/** Refuses while there can be no log, in the kubelet's words. */
function checkStatus(pod: Pod, container: string, previous: boolean): void {
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`;
  const status = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);
  if (!status) {
    throw badRequest(`${where} is not available`);
  }
  const last = status.lastState?.terminated;
  if (previous) {
    if (!last?.containerID) {
      throw badRequest(`previous terminated ${where} not found`);
    }
    return;
  }
  const { running, terminated, waiting } = status.state ?? {};
  if (running || terminated?.containerID || last?.containerID) {
    return;
  }
  if (terminated || last) {
    throw badRequest(`${where} is terminated`);
  }
  switch (waiting?.reason) {
    case 'ErrImagePull':
      throw badRequest(`${where} is waiting to start: image can't be pulled`);
    case 'ImagePullBackOff':
      throw badRequest(`${where} is waiting to start: trying and failing to pull image`);
    case undefined:
      throw badRequest(`${where} is waiting to start - no logs yet`);
    default:
      throw badRequest(`${where} is waiting to start: ${waiting?.reason}`);
  }
}

async function* linesOf(container: Container, options: LogOptions, signal: AbortSignal): AsyncGenerator<string> {
  const { tailLines, since, streams } = options;
  const wanted = (line: LogLine): boolean => streams.includes(line.stream) && (since === undefined || line.at >= since);
  // Following begins before the past is read, so that no line falls between.
  const following = options.follow ? container.log.follow(signal) : undefined;
  const past = container.log.lines();
  const tail = tailLines === undefined ? past : past.slice(Math.max(0, past.length - tailLines));
  for (const line of tail) {
    if (wanted(line)) {
      yield formatLine(line, options);
    }
  }
  for await (const line of following ?? []) {
    if (wanted(line)) {
      yield formatLine(line, options);
    }
  }
}

async function* limited(lines: AsyncIterable<string>, { limitBytes }: LogOptions): AsyncGenerator<Buffer> {
  let left = limitBytes ?? Infinity;
  for await (const line of lines) {
    const bytes = Buffer.from(line);
    if (bytes.length >= left) {
      yield bytes.subarray(0, left);
      return;
    }
    left -= bytes.length;
    yield bytes;
  }
}

function formatLine({ at, text }: LogLine, { timestamps }: LogOptions): string {
  // The kubelet's times have nine decimals.
  return timestamps ? `${microTime(at).replace('Z', '000Z')} ${text}\n` : `${text}\n`;
}
