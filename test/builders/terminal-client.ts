// A page with one terminal, as a program: types, reads the output, and comes back after a disconnect.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  ACK_EVERY,
  type ClientMessage,
  decodeFrame,
  encodeInput,
  type ServerMessage,
  serverMessageSchema,
} from '../../lab-server/protocol/index.ts';

// oxlint-disable-next-line no-control-regex -- escape sequences are made of control characters
const PROMPT_MARKS = /\u001b\]133;[^\u0007]*\u0007/g;

/** What does not happen within this time does not happen; the error says what was there instead. */
const LONGEST_WAIT_MS = 80_000;

export class TerminalClient implements Disposable {
  readonly messages: ServerMessage[] = [];
  /** Everything the terminal has written, by sequence number. */
  output = '';
  terminalId = '';
  #socket: WebSocket | undefined;
  #terminal = 0;
  #next = 0;
  #acknowledged = 0;
  #changed = Promise.withResolvers<void>();

  /** Connects to a lab's stream and waits until the lab is ready. */
  async connect(url: string, labId: string, cookie: string): Promise<void> {
    this.messages.length = 0;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/labs/${labId}/stream`, { headers: { cookie, origin: url } });
    socket.on('error', () => {});
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    await once(socket, 'open');
    await this.message((message) => message.type === 'lab.state' && message.state === 'ready');
  }

  async openTerminal(): Promise<void> {
    this.#send({ type: 'terminal.open', requestId: 'open', cols: 200, rows: 40 });
    const opened = await this.message((message) => message.type === 'terminal.opened');
    if (opened.type === 'terminal.opened') {
      this.#terminal = opened.terminal;
      this.terminalId = opened.terminalId;
    }
    await this.outputHas('$ ');
  }

  /** Attaches to the same terminal again, from the last byte seen. */
  async attachAgain(): Promise<void> {
    this.#send({ type: 'terminal.attach', requestId: 'again', terminalId: this.terminalId, since: this.#next });
    const opened = await this.message((message) => message.type === 'terminal.opened' || message.type === 'error');
    if (opened.type !== 'terminal.opened') {
      throw new Error(`the terminal is gone: ${JSON.stringify(opened)}`);
    }
    this.#terminal = opened.terminal;
  }

  type(text: string): void {
    this.#socket?.send(encodeInput(this.#terminal, Buffer.from(text)));
  }

  /** Runs a command and gives its output. */
  async run(line: string): Promise<string> {
    const mark = `done-${Math.random().toString(36).slice(2)}`;
    await this.#until(() => this.output.endsWith('$ '));
    const from = this.output.length;
    // The mark is typed in two halves, so that the echo of the command is not taken for its end.
    this.type(`${line}; echo ${mark.slice(0, 7)}""${mark.slice(7)}\r`);
    await this.outputHas(mark);
    const text = this.output.slice(from, this.output.indexOf(mark, from));
    return text
      .slice(text.indexOf('\n') + 1)
      .replaceAll('\r\n', '\n')
      .replaceAll('\u001b[?2004l', '')
      .replace(/^\r/, '');
  }

  async outputHas(text: string): Promise<void> {
    await this.#until(() => this.output.includes(text));
  }

  async message(accepts: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    let found: ServerMessage | undefined;
    await this.#until(() => {
      const failed = this.messages.find((message) => message.type === 'lab.state' && message.state === 'failed');
      if (failed?.type === 'lab.state') {
        throw new Error(`the lab failed: ${failed.reason}`);
      }
      return (found = this.messages.find(accepts)) !== undefined;
    });
    return found as ServerMessage;
  }

  disconnect(): void {
    this.#socket?.terminate();
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }

  async #until(condition: () => boolean): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#changed.resolve();
    }, LONGEST_WAIT_MS);
    try {
      while (!condition()) {
        if (late) {
          const last = this.messages.slice(-5).map((message) => JSON.stringify(message));
          throw new Error(
            `not in ${LONGEST_WAIT_MS / 1000} s; the terminal's last: ${JSON.stringify(this.output.slice(-600))}; messages: ${last.join('\n')}`,
          );
        }
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const frame = isBinary ? decodeFrame(data) : undefined;
    if (frame?.kind === 'output') {
      if (frame.sequence !== this.#next) {
        throw new Error(`bytes ${this.#next} to ${frame.sequence} were lost or doubled`);
      }
      this.#next += frame.data.length;
      // Without the marks of prompts and commands (OSC 133), which a terminal does not show.
      this.output = (this.output + Buffer.from(frame.data).toString('latin1')).replaceAll(PROMPT_MARKS, '');
      if (this.#next - this.#acknowledged >= ACK_EVERY) {
        this.#acknowledged = this.#next;
        this.#send({ type: 'terminal.ack', terminal: frame.terminal, sequence: this.#next });
      }
    } else if (!isBinary) {
      this.messages.push(serverMessageSchema.parse(JSON.parse(data.toString())));
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Asks for a lab over HTTP; its id and the learner's cookie. */
export async function askForLab(url: string, exercise: string, cookie = ''): Promise<{ id: string; cookie: string }> {
  const response = await fetch(`${url}/api/labs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie, origin: url },
    body: JSON.stringify({ exercise }),
  });
  const body = (await response.json()) as { id?: string };
  if (body.id === undefined) {
    throw new Error(`the lab was refused: ${JSON.stringify(body)}`);
  }
  return { id: body.id, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie };
}
