// WebSocket /api/labs/:id/stream: the lab's states, verdicts and terminals, both ways.
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { type Clock, DocksideError } from '../base/index.ts';
import type { Labs } from '../labs/index.ts';
import { CLOSE, type ServerMessage } from '../protocol/index.ts';
import { serveStream } from '../terminals/index.ts';
import { type Borders, checkOrigin } from './borders.ts';
import { feedLab } from './lab-feed.ts';
import { requireLearner } from './learner.ts';
import type { Metrics } from './metrics.ts';
import { findLab } from './routes/route.ts';
import { feedTopology } from './topology-feed.ts';

/** Streams that one learner may have open: a few tabs in a few browsers. */
const STREAMS_PER_LEARNER = 20;

export interface StreamServices {
  labs: Labs;
  borders: Borders;
  clock: Clock;
  metrics: Metrics;
}

export function addStreamRoute(app: FastifyInstance, { labs, borders, clock, metrics }: StreamServices): void {
  const open = new Map<string, Set<WebSocket>>();

  app.get<{ Params: { id: string } }>(
    '/api/labs/:id/stream',
    {
      websocket: true,
      // Before the upgrade, so that a refusal is an HTTP answer.
      async preValidation(request) {
        checkOrigin(borders, request);
        const learner = requireLearner(request);
        findLab(labs, request, request.params.id);
        if ((open.get(learner)?.size ?? 0) >= STREAMS_PER_LEARNER) {
          throw new DocksideError('TOO_MANY_STREAMS', `More than ${STREAMS_PER_LEARNER} pages of yours show labs; close one.`, {
            status: 429,
          });
        }
      },
    },
    (socket, request) => {
      const learner = requireLearner(request);
      const lab = findLab(labs, request, request.params.id);
      const mine = open.get(learner) ?? new Set<WebSocket>();
      open.set(learner, mine.add(socket));
      const counted = metrics.streamOpened();
      const warn = (message: string, error: unknown): void => request.log.warn({ err: error }, message);
      const topology = feedTopology({ lab, clock, send: (message) => stream.send(message), warn });
      const stream = serveStream(
        socket,
        {
          terminals: lab.terminals,
          touch: () => lab.touch(),
          extend: () => lab.extend(),
          watchTopology: (on) => topology.watch(on),
        },
        { clock, warn },
      );
      const feed = feedLab(lab, clock, (message: ServerMessage) => {
        stream.send(message);
        if (message.type === 'lab.state' && message.state === 'closed') {
          stream.close(CLOSE.labGone, message.reason ?? 'This lab is closed.');
        }
      });
      // A broken connection ends the stream; what broke it is no one's concern.
      socket.on('error', () => {});
      void stream.closed.then(() => {
        feed[Symbol.dispose]();
        topology[Symbol.dispose]();
        counted[Symbol.dispose]();
        mine.delete(socket);
        if (mine.size === 0) {
          open.delete(learner);
        }
      });
    },
  );
}
