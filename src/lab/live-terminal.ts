// The landing page's terminal: one shell in a real lab, the same that the first lesson opens.
import { createLab, streamAddress, whyGone } from './lab-api.ts';
import { LabStream } from './lab-stream.ts';
import { must } from './page.ts';
import { RemoteTerminal } from './remote-terminal.ts';
import { TerminalView } from './terminal-view.ts';

export interface LiveTerminal {
  run(command: string): void;
}

export async function openLiveTerminal(section: HTMLElement): Promise<LiveTerminal> {
  const state = must(section, '[data-live-state]');
  const screen = must(section, '[data-live-screen]');
  const input = must<HTMLInputElement>(section, '[data-live-input]');
  state.textContent = 'opening';
  try {
    const lab = await createLab(section.dataset.exercise ?? '');
    return await connect(lab.id, lab.state === 'ready');
  } catch (error) {
    state.textContent = error instanceof Error ? error.message : String(error);
    throw error;
  }

  function connect(id: string, isReady: boolean): Promise<LiveTerminal> {
    return new Promise((resolve) => {
      let remote: RemoteTerminal | undefined;
      let ready = isReady;
      let listed: readonly string[] | undefined;
      let asked = false;
      const view = new TerminalView({
        input: (data) => remote?.number !== undefined && stream.input(remote.number, data),
        resized: (size) => remote?.number !== undefined && stream.send({ type: 'terminal.resize', terminal: remote.number, ...size }),
        find: () => undefined,
        copied: (done) => done && (state.textContent = 'copied'),
      });

      /** Takes up the lab's first shell where one runs, else opens it. */
      function attach(): void {
        if (!ready || listed === undefined || asked) {
          return;
        }
        asked = true;
        const known = remote?.id ?? listed[0];
        if (known === undefined) {
          stream.send({ type: 'terminal.open', requestId: 'landing', cols: 80, rows: 16 });
        } else {
          stream.send({ type: 'terminal.attach', requestId: 'landing', terminalId: known, since: remote?.since ?? 0 });
        }
      }

      function opened(terminalId: string, number: number, from: number, end: number): void {
        const isFirst = remote === undefined;
        remote ??= new RemoteTerminal(terminalId, view, (message) => stream.send(message));
        remote.attached(number, from, end);
        if (isFirst) {
          // What was typed into the field while the lab opened goes to the shell; the next key goes there by itself.
          const typed = input.value;
          screen.replaceChildren();
          view.mount(screen);
          view.focus();
          view.input(typed);
          resolve({
            run(command) {
              view.run(command);
              view.focus();
            },
          });
        }
        view.fit();
        stream.send({ type: 'terminal.resize', terminal: number, ...view.size });
        state.textContent = 'running';
      }

      const stream = new LabStream(streamAddress(id), {
        message(message) {
          switch (message.type) {
            case 'hello':
              asked = false;
              break;
            case 'lab.state':
              ready = message.state === 'ready';
              attach();
              break;
            case 'lab.stage':
              state.textContent = message.stage.text;
              break;
            case 'terminal.list':
              listed = message.terminals.map((terminal) => terminal.terminalId);
              attach();
              break;
            case 'terminal.opened':
              opened(message.terminalId, message.terminal, message.sequence, message.end ?? message.sequence);
              break;
            default:
              break;
          }
        },
        output(number, sequence, data) {
          if (remote?.number === number) {
            remote.output(sequence, data);
          }
        },
        whyGone: () => whyGone(id),
        lost: (_retryAt, final) => (state.textContent = final ?? 'connection lost, trying again'),
      });
    });
  }
}
