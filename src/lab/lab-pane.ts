// The lab of a page, put together: opens it on the server, keeps the stream, and hands what comes to the part that shows it.
import type { LabDescription, ServerMessage } from '../../lab-server/protocol/index.ts';
import { EditorPanel } from './editor-panel.ts';
import { FilesMenu } from './files-menu.ts';
import { checkLab, closeLab, createLab, readLab, readSolution, resetLab, streamAddress, whyGone } from './lab-api.ts';
import { LabStatus } from './lab-status.ts';
import type { Action } from './lab-status.ts';
import { LabStream } from './lab-stream.ts';
import { Objectives } from './objectives.ts';
import { connectOptions } from './options.ts';
import { say } from '../i18n/say.ts';
import { must } from './page.ts';
import { stopsOf, walkWithF6 } from './pane-focus.ts';
import { ask } from './question.ts';
import { arrangeLab } from './arrangement.ts';
import type { Arrangement } from './arrangement.ts';
import { SolutionReveal } from './solution.ts';
import { TerminalPanel } from './terminal-panel.ts';
import { TopologyPanel } from './topology-panel.ts';
import { beginSideBySide } from './twin.ts';

export class LabPane {
  readonly #dock: HTMLElement;
  readonly #say: (text: string) => void;
  readonly #status: LabStatus;
  readonly #objectives: Objectives;
  readonly #editor: EditorPanel;
  readonly #terminals: TerminalPanel;
  readonly #topology: TopologyPanel;
  readonly #solution: SolutionReveal;
  readonly #arrangement: Arrangement;
  #lab: LabDescription | undefined;
  #stream: LabStream | undefined;
  #isReady = false;
  readonly #readyWaiters: (() => void)[] = [];

  constructor(dock: HTMLElement) {
    const say = (text: string): void => {
      must(dock, '[data-announcer]').textContent = text;
    };
    this.#dock = dock;
    this.#say = say;
    this.#status = new LabStatus(dock, say, (action) => this.#act(action));
    this.#objectives = new Objectives(dock, say);
    this.#editor = new EditorPanel(dock, say);
    this.#terminals = new TerminalPanel(
      dock,
      { send: (message) => this.#stream?.send(message), input: (terminal, data) => this.#stream?.input(terminal, data) },
      say,
    );
    this.#solution = new SolutionReveal(
      dock,
      async () => (await readSolution(this.#lab?.id ?? '')).script,
      (error) => this.#status.problem(error instanceof Error ? error.message : String(error)),
    );
    this.#topology = new TopologyPanel(dock, (message) => this.#stream?.send(message), say);
    new FilesMenu(dock, this.#editor, { lab: () => this.#lab?.id, say, problem: (text) => this.#status.problem(text) });
    this.#arrangement = arrangeLab(dock, (view) => this.#topology.shown(view === 'topology'));
    connectOptions(dock, {
      fontSize: (size) => {
        this.#terminals.each((view) => view.setFontSize(size));
        this.#editor.setFontSize(size);
      },
      screenReader: (on) => this.#terminals.each((view) => view.setScreenReader(on)),
      extend: () => this.#act('extend'),
      reset: () => void this.#startAgain(),
      close: () => void this.#close(),
    });
    if (dock.dataset.platform === 'both') {
      beginSideBySide(dock);
    }
    must(dock, '[data-check]').addEventListener('click', () => void this.#check());
    walkWithF6(
      stopsOf(dock, {
        objectives: this.#objectives,
        editor: this.#editor,
        topology: this.#topology,
        terminal: this.#terminals,
      }),
      () => document.documentElement.dataset.lab === 'open',
    );
  }

  /** Asks the server for the lab, or for the one that is open, and connects to it. */
  async open(): Promise<void> {
    this.#status.opening();
    this.#isReady = false;
    try {
      const lab = await createLab(this.#dock.dataset.exercise ?? '');
      this.#lab = lab;
      this.#status.clock(lab.serverTime, lab.expiresAt);
      this.#status.opening(lab.stages);
      this.#objectives.show(lab);
      this.#connect(lab.id);
      if (lab.state !== 'opening') {
        this.#state(lab.state, lab.reason);
      }
    } catch (error) {
      this.#status.state('failed', error instanceof Error ? error.message : String(error));
    }
  }

  /** Types a command into a terminal; returns the terminal's name. What the editor holds is saved first. */
  async run(command: string, inSecond: boolean): Promise<string> {
    await this.#editor.flush();
    this.#arrangement.reveal('terminal');
    const terminal = await this.#terminals.run(command, inSecond);
    this.#say(`Sent to ${terminal}.`);
    return terminal;
  }

  async edit(path: string, content: string): Promise<void> {
    await this.#whenReady();
    this.#arrangement.reveal('editor');
    await this.#editor.edit(path, content);
  }

  focus(): void {
    this.#terminals.focus();
  }

  /** The lab came into view again. */
  shown(): void {
    this.#terminals.each((view) => view.fit());
  }

  #whenReady(): Promise<void> {
    return this.#isReady ? Promise.resolve() : new Promise((resolve) => this.#readyWaiters.push(resolve));
  }

  #connect(id: string): void {
    this.#stream?.close();
    this.#stream = new LabStream(streamAddress(id), {
      message: (message) => this.#message(message),
      output: (terminal, sequence, data) => this.#terminals.output(terminal, sequence, data),
      whyGone: () => whyGone(id),
      lost: (retryAt, final) => (final === undefined ? this.#status.lost(retryAt) : this.#gone(final)),
    });
  }

  #message(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.#status.found();
        this.#status.clock(message.serverTime, message.expiresAt);
        this.#terminals.connected();
        this.#topology.connected();
        if (this.#isReady) {
          void this.#try(() => this.#editor.ready(message.labId));
        }
        break;
      case 'lab.state':
        this.#state(message.state, message.reason);
        if (message.expiresAt !== undefined) {
          this.#status.expires(message.expiresAt);
        }
        break;
      case 'lab.stage':
        this.#status.stage(message.stage);
        break;
      case 'verdicts':
        this.#objectives.show(message);
        break;
      case 'topology':
        this.#topology.picture(message.topology);
        break;
      case 'file.changed':
        void this.#editor.changed(message.path, message.version);
        break;
      case 'error':
        this.#status.problem(message.message);
        this.#terminals.message(message);
        break;
      case 'pong':
        break;
      default:
        this.#terminals.message(message);
    }
  }

  #state(state: LabDescription['state'], reason?: string): void {
    this.#status.state(state, reason);
    this.#terminals.ready(state === 'ready');
    if (state !== 'ready') {
      this.#isReady = false;
      return;
    }
    if (!this.#isReady && this.#lab) {
      this.#isReady = true;
      const { id } = this.#lab;
      void this.#try(() => this.#editor.ready(id));
      void this.#try(async () => this.#arrangement.describe(await readLab(id)));
      for (const waiter of this.#readyWaiters.splice(0)) {
        waiter();
      }
    }
  }

  #act(action: Action): void {
    switch (action) {
      case 'extend':
        this.#stream?.send({ type: 'lab.extend' });
        break;
      case 'reconnect':
        this.#stream?.reconnect();
        break;
      case 'open':
        void this.open();
        break;
    }
  }

  async #check(): Promise<void> {
    if (this.#lab) {
      const { id } = this.#lab;
      await this.#try(async () => {
        const result = await checkLab(id);
        this.#objectives.show(result);
        this.#say(`Checked. ${result.score} of ${result.outOf} points.`);
      });
    }
  }

  /** Does something that the server may refuse; the refusal is said where the lab's state stands. */
  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#status.problem(error instanceof Error ? error.message : String(error));
    }
  }

  async #startAgain(): Promise<void> {
    const yes = await ask(this.#dock, {
      title: 'Start this lab again?',
      text: 'The sandbox, the files and the shells of this lab are removed, and it opens as it was at the beginning.',
      yes: 'Start again',
    });
    if (yes && this.#lab) {
      const { id } = this.#lab;
      this.#forget();
      this.#status.opening();
      try {
        await resetLab(id);
        await this.open();
      } catch (error) {
        this.#status.state('failed', error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #close(): Promise<void> {
    const yes = await ask(this.#dock, {
      title: 'Close this lab?',
      text: 'The sandbox, the files and the shells of this lab are removed. Your result is kept.',
      yes: 'Close the lab',
    });
    if (yes && this.#lab) {
      const { id } = this.#lab;
      await this.#try(async () => {
        const { leftovers } = await closeLab(id);
        const left = leftovers.map(({ what, remedy }) => `${what}: ${remedy}`).join('; ');
        this.#gone(left ? `You closed it. Not everything could be removed: ${left}.` : 'You closed it. Everything of it is removed.');
      });
    }
  }

  #gone(reason: string): void {
    this.#forget();
    this.#status.state('closed', reason);
  }

  #forget(): void {
    this.#stream?.close();
    this.#lab = undefined;
    this.#isReady = false;
    this.#terminals.clear();
    this.#editor.clear();
    this.#topology.clear();
    this.#solution.clear();
    this.#objectives.clear();
    for (const action of document.querySelectorAll<HTMLElement>('.lab-action[data-ran]')) {
      delete action.dataset.ran;
      action.textContent = say('run');
      action.title = '';
    }
  }
}

export async function openLabPane(dock: HTMLElement): Promise<LabPane> {
  const pane = new LabPane(dock);
  await pane.open();
  return pane;
}
