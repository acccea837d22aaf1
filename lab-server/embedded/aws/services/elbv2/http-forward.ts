// Hands a request on to a target, and its answer back: X-Forwarded headers, sticky cookies, 502, 503 and 504.
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { NetworkEndpoint } from '../../../runtime/runtime.ts';
import type { AwsContext } from '../service.ts';
import { recordMetric } from '../cloudwatch/record.ts';
import { chooseGroup, chooseTarget, findGroup, servingTargets } from './choose-target.ts';
import { sendError } from './http-answers.ts';
import { elbTables, keyOf, metricName, scopeOfArn, targetKey, type Action, type Listener, type Target, type TargetGroup } from './state.ts';
import { bindingCookies, boundGroup, boundTarget, cookiesOf } from './stickiness.ts';
import { addressOf } from './target-address.ts';
import { join } from './tcp-front.ts';
import type { ElbWorld } from './world.ts';

const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'proxy-connection',
  'upgrade',
]);

export interface Forwarding {
  context: AwsContext;
  world: ElbWorld;
  endpoint: NetworkEndpoint;
  listener: Listener;
  action: Action;
}

interface Chosen {
  group: TargetGroup;
  target: Target;
  address: string;
}

function choose({ context, world, action }: Forwarding, request: IncomingMessage): Chosen | undefined {
  const cookies = cookiesOf(request.headers);
  const group = findGroup(context, boundGroup(action, cookies) ?? chooseGroup(action, world) ?? '');
  const target = group && (boundTarget(group, servingTargets(context, group), cookies) ?? chooseTarget(context, world, group));
  const address = group && target && addressOf(context, group, target);
  return group && target && address !== undefined ? { group, target, address } : undefined;
}

/** Answers a request from a target. Never rejects. */
export async function forwardRequest(forwarding: Forwarding, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { context, world, endpoint } = forwarding;
  const chosen = choose(forwarding, request);
  if (!chosen) {
    count(forwarding, 'HTTPCode_ELB_503_Count');
    sendError(response, 503, context.clock.now());
    return;
  }
  using _serving = world.inFlight.begin(targetKey(chosen.target.groupArn, chosen.target.id, chosen.target.port));
  const limit = new AbortController();
  const idleMs = idleTimeout(forwarding);
  const timer = context.clock.schedule(idleMs, () => limit.abort());
  const begun = context.clock.now();
  response.once('close', () => limit.abort());
  try {
    const socket = await endpoint.connect(chosen.address, chosen.target.port ?? 0, limit.signal);
    const connection = chosen.group.Protocol === 'HTTPS' ? tlsConnect({ socket, rejectUnauthorized: false }) : socket;
    const answer = await ask(forwarding, request, connection, limit.signal);
    timer[Symbol.dispose]();
    measure(forwarding, chosen, answer.statusCode ?? 0, context.clock.now() - begun);
    await passOn(forwarding, chosen, answer, response);
  } catch {
    if (response.destroyed) {
      return;
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = limit.signal.aborted ? 504 : 502;
    count(forwarding, `HTTPCode_ELB_${status}_Count`);
    count(forwarding, 'HTTPCode_ELB_5XX_Count');
    sendError(response, status, context.clock.now());
  } finally {
    timer[Symbol.dispose]();
  }
}

function ask(forwarding: Forwarding, request: IncomingMessage, connection: Duplex, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      method: request.method,
      path: request.url,
      setHost: false,
      headers: [...forwardedHeaders(forwarding, request), ['Connection', 'keep-alive']].flat(),
      createConnection: () => connection,
      signal,
    });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    request.on('error', reject);
    request.pipe(outgoing);
  });
}

async function passOn(forwarding: Forwarding, chosen: Chosen, answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const lines: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    if (!HOP_HEADERS.has((answer.rawHeaders[at] ?? '').toLowerCase())) {
      lines.push(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
    }
  }
  const hasSeveralGroups = (forwarding.action.ForwardConfig?.TargetGroups?.length ?? 0) > 1;
  const bound = { action: forwarding.action, group: chosen.group, target: chosen.target, hasSeveralGroups };
  for (const cookie of bindingCookies(bound, answer.headers['set-cookie'] ?? [], forwarding.context.clock.now())) {
    lines.push('Set-Cookie', cookie);
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, lines);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (!response.write(chunk) && !response.destroyed) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
  response.end();
}

/** A connection that changes its protocol (WebSocket): joined with the target's, bytes as they come. */
export async function forwardUpgrade(forwarding: Forwarding, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const chosen = choose(forwarding, request);
  try {
    if (!chosen) {
      throw new Error('no target');
    }
    const upstream = await forwarding.endpoint.connect(chosen.address, chosen.target.port ?? 0);
    const serving = forwarding.world.inFlight.begin(targetKey(chosen.target.groupArn, chosen.target.id, chosen.target.port));
    socket.once('close', () => serving[Symbol.dispose]());
    const headers = [...forwardedHeaders(forwarding, request), ['Connection', 'Upgrade'], ['Upgrade', request.headers.upgrade ?? '']];
    upstream.write(
      `${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    upstream.write(head);
    join(socket, upstream);
  } catch {
    socket.end(
      `HTTP/1.1 ${chosen ? '502 Bad Gateway' : '503 Service Temporarily Unavailable'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  }
}

function forwardedHeaders({ listener, context }: Forwarding, request: IncomingMessage): [string, string][] {
  const balancer = elbTables(context.tables).loadBalancers.get(keyOf(listener.LoadBalancerArn));
  const client = request.socket.remoteAddress ?? '';
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    if (!HOP_HEADERS.has(name.toLowerCase()) && !/^(x-forwarded-(for|proto|port)|x-amzn-trace-id)$/i.test(name)) {
      headers.push([name, request.rawHeaders[at + 1] ?? '']);
    }
  }
  const before = request.headers['x-forwarded-for'];
  const mode = balancer?.attributes['routing.http.xff_header_processing.mode'] ?? 'append';
  const chain = typeof before === 'string' ? before : undefined;
  if (mode === 'append') {
    headers.push(['X-Forwarded-For', chain === undefined ? client : `${chain}, ${client}`]);
  } else if (mode === 'preserve' && chain !== undefined) {
    headers.push(['X-Forwarded-For', chain]);
  }
  headers.push(['X-Forwarded-Proto', (listener.Protocol ?? 'HTTP').toLowerCase()], ['X-Forwarded-Port', String(listener.Port ?? 80)]);
  const trace = request.headers['x-amzn-trace-id'];
  const root = `Root=1-${Math.floor(context.clock.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  headers.push(['X-Amzn-Trace-Id', typeof trace === 'string' ? trace : root]);
  return headers;
}

function idleTimeout({ context, listener }: Forwarding): number {
  const balancer = elbTables(context.tables).loadBalancers.get(keyOf(listener.LoadBalancerArn));
  return Number(balancer?.attributes['idle_timeout.timeout_seconds'] ?? 60) * 1000;
}

function count({ context, listener }: Forwarding, name: string): void {
  recordMetric(context, scopeOfArn(listener.LoadBalancerArn ?? ''), {
    namespace: 'AWS/ApplicationELB',
    name,
    dimensions: { LoadBalancer: metricName(listener.LoadBalancerArn ?? '') },
    value: 1,
    unit: 'Count',
  });
}

/** What CloudWatch learns of a request that a target answered. */
function measure({ context, listener }: Forwarding, { group }: Chosen, status: number, tookMs: number): void {
  const LoadBalancer = metricName(listener.LoadBalancerArn ?? '');
  const TargetGroup = metricName(group.TargetGroupArn ?? '');
  const scope = scopeOfArn(listener.LoadBalancerArn ?? '');
  const both: Record<string, string>[] = [{ LoadBalancer }, { LoadBalancer, TargetGroup }];
  for (const dimensions of both) {
    const namespace = 'AWS/ApplicationELB';
    recordMetric(context, scope, { namespace, name: 'RequestCount', dimensions, value: 1, unit: 'Count' });
    recordMetric(context, scope, {
      namespace,
      name: `HTTPCode_Target_${Math.floor(status / 100)}XX_Count`,
      dimensions,
      value: 1,
      unit: 'Count',
    });
    recordMetric(context, scope, { namespace, name: 'TargetResponseTime', dimensions, value: tookMs / 1000, unit: 'Seconds' });
  }
  recordMetric(context, scope, {
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCountPerTarget',
    dimensions: { TargetGroup },
    value: 1 / Math.max(1, servingTargets(context, group).length),
    unit: 'Count',
  });
}
