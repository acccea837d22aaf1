// What a lab tells the pages that show it: first how it is, then every change.
import type { Clock } from '../base/index.ts';
import type { Lab } from '../labs/index.ts';
import { PROTOCOL_VERSION, type ServerMessage } from '../protocol/index.ts';

/** Sends the lab's state, stages, verdicts and file changes until disposed. */
export function feedLab(lab: Lab, clock: Clock, send: (message: ServerMessage) => void): Disposable {
  send({ type: 'hello', protocol: PROTOCOL_VERSION, labId: lab.id, serverTime: clock.now(), expiresAt: lab.expiresAt });
  for (const stage of lab.stages) {
    send({ type: 'lab.stage', stage });
  }
  send({ type: 'lab.state', state: lab.state, reason: lab.reason, expiresAt: lab.expiresAt });
  sendVerdicts();

  function sendVerdicts(): void {
    const { verdicts, score, outOf } = lab.grade;
    send({ type: 'verdicts', verdicts: [...verdicts], score, outOf });
  }

  return lab.subscribe((event) => {
    switch (event.type) {
      case 'state':
        send({ type: 'lab.state', state: event.state, reason: event.reason, expiresAt: event.expiresAt });
        return;
      case 'stage':
        send({ type: 'lab.stage', stage: event.stage });
        return;
      case 'grade':
        sendVerdicts();
        return;
      case 'file':
        send({ type: 'file.changed', path: event.change.path, version: event.change.version ?? null });
    }
  });
}
