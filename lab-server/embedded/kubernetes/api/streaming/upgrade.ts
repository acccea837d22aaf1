// The streaming subresources of pods: exec, attach and portforward, over WebSocket or SPDY.
// The caller has authenticated and authorised the request; this decides on the protocol, answers refusals, and hands over.
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ApiError, badRequest, internalError, isApiError } from '../errors.ts';
import { CHANNEL_PROTOCOLS, channelStreams } from './channel-streams.ts';
import { attachCommand, execCommand, type RemoteCommand } from './exec.ts';
import type { StreamingHost, StreamingTarget } from './host.ts';
import { PORT_FORWARD_CHANNEL_PROTOCOLS, serveChannelPortForward } from './port-forward/channel-port-forward.ts';
import { serveSpdyPortForward } from './port-forward/spdy-port-forward.ts';
import { forwardTargetOf, portsOf } from './port-forward/target.ts';
import { streamOptionsOf } from './remote-streams.ts';
import { socketTransport, webSocketTransport } from './spdy/transports.ts';
import { spdyStreams } from './spdy-streams.ts';

export type StreamingSubresource = 'exec' | 'attach' | 'portforward';

const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
/** Messages larger than this are no part of any of these protocols. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Newest first. Over SPDY the version is negotiated in headers of its own. */
const SPDY_PROTOCOLS: Readonly<Record<StreamingSubresource, readonly string[]>> = {
  exec: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  attach: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  portforward: ['portforward.k8s.io'],
};

export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  subresource: StreamingSubresource;
  target: StreamingTarget;
}

/** Serves one upgrade request to its end. Never throws: refusals are written as HTTP answers. */
export function handleUpgrade(host: StreamingHost, upgrade: UpgradeRequest): void {
  upgrade.socket.on('error', () => upgrade.socket.destroy());
  try {
    const protocol = upgrade.request.headers.upgrade?.toLowerCase();
    if (protocol === 'websocket') {
      overWebSocket(host, upgrade);
    } else if (protocol === 'spdy/3.1') {
      overSpdy(host, upgrade);
    } else {
      throw badRequest('Upgrade request required');
    }
  } catch (error) {
    if (!isApiError(error)) {
      host.report(error);
    }
    refuse(upgrade.socket, isApiError(error) ? error : internalError('the stream could not be opened'));
  }
}

function overWebSocket(host: StreamingHost, upgrade: UpgradeRequest): void {
  const { request, subresource, target } = upgrade;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  if (subresource !== 'portforward') {
    const command = commandOf(host, subresource, target);
    const options = streamOptionsOf(target.query);
    accept(upgrade, choose(offered, CHANNEL_PROTOCOLS), (socket) => {
      command.run(channelStreams(socket, options), options).catch(host.report);
    });
    return;
  }
  const forwardTarget = forwardTargetOf(host, target);
  if (offered.includes(TUNNEL)) {
    accept(upgrade, TUNNEL, (socket) => serveSpdyPortForward(webSocketTransport(socket), forwardTarget, host.report));
    return;
  }
  const ports = portsOf(target.query);
  accept(upgrade, choose(offered, PORT_FORWARD_CHANNEL_PROTOCOLS), (socket) =>
    serveChannelPortForward(socket, ports, forwardTarget, host.report),
  );
}

function overSpdy(host: StreamingHost, { request, socket, head, subresource, target }: UpgradeRequest): void {
  const offered = [request.headers['x-stream-protocol-version'] ?? []].flat().flatMap((each) => each.split(',').map((one) => one.trim()));
  const version = SPDY_PROTOCOLS[subresource].find((protocol) => offered.includes(protocol));
  if (version === undefined) {
    throw badRequest(
      `unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server supports ${JSON.stringify(SPDY_PROTOCOLS[subresource])}`,
    );
  }
  const serve =
    subresource === 'portforward'
      ? serveForward(forwardTargetOf(host, target))
      : serveCommand(commandOf(host, subresource, target), streamOptionsOf(target.query));
  socket.write(
    ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1', `X-Stream-Protocol-Version: ${version}`, '', ''].join(
      '\r\n',
    ),
  );
  serve();

  function serveForward(forwardTarget: ReturnType<typeof forwardTargetOf>): () => void {
    return () => serveSpdyPortForward(socketTransport(socket, head), forwardTarget, host.report);
  }

  function serveCommand(command: RemoteCommand, options: ReturnType<typeof streamOptionsOf>): () => void {
    return () => {
      spdyStreams(socketTransport(socket, head), options)
        .then((streams) => streams && command.run(streams, options))
        .catch(host.report);
    };
  }
}

function commandOf(host: StreamingHost, subresource: 'exec' | 'attach', target: StreamingTarget): RemoteCommand {
  return subresource === 'exec' ? execCommand(host, target) : attachCommand(host, target);
}

/** The best protocol that both speak; a client that offers none gets the oldest. */
function choose(offered: readonly string[], spoken: readonly string[]): string | undefined {
  const found = spoken.find((protocol) => offered.includes(protocol));
  if (found === undefined && offered.some((protocol) => protocol !== '')) {
    throw badRequest(`unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server supports ${JSON.stringify(spoken)}`);
  }
  return found;
}

function accept({ request, socket, head }: UpgradeRequest, protocol: string | undefined, serve: (socket: WebSocket) => void): void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => protocol ?? false,
  });
  if (protocol === TUNNEL) {
    // Its name is no token by RFC 6455, so ws would refuse the request; the header is answered past it.
    delete request.headers['sec-websocket-protocol'];
    server.once('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${TUNNEL}`));
  }
  server.handleUpgrade(request, socket, head, serve);
}

function refuse(socket: Duplex, error: ApiError): void {
  const body = JSON.stringify(error.status());
  const head = [
    `HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    '',
  ].join('\r\n');
  socket.end(head + body);
}
