// The topology view of a lab: the live picture of each sandbox, in drawing or in words. It asks for pictures only while it is shown.
import type { Topology, UnitState } from '../../lab-server/protocol/topology.ts';
import type { ClientMessage } from '../../lab-server/protocol/stream.ts';
import { must } from './page.ts';
import { preference, remember } from './preferences.ts';
import { showCounterparts } from './topology/counterparts.ts';
import { Drawing } from './topology/drawing.ts';
import { layOut } from './topology/layout.ts';
import { describe, newsBetween, STATE_WORDS } from './topology/words.ts';

/** A listener is told at most this often: a rolling update changes many times a second. */
const NEWS_PAUSE_MS = 2_000;
const NAMES: Record<Topology['platform'], string> = { kubernetes: 'Kubernetes', ecs: 'Amazon ECS' };

interface Side {
  section: HTMLElement;
  drawing: Drawing;
  picture: Topology;
}

export class TopologyPanel {
  readonly #section: HTMLElement;
  readonly #host: HTMLElement;
  readonly #detail: HTMLElement;
  readonly #send: (message: ClientMessage) => void;
  readonly #say: (text: string) => void;
  readonly #sides = new Map<Topology['platform'], Side>();
  readonly #news: string[] = [];
  #newsTimer: number | undefined;
  #isShown = false;

  constructor(dock: HTMLElement, send: (message: ClientMessage) => void, say: (text: string) => void) {
    this.#section = must(dock, '.lab-topology');
    this.#host = must(dock, '[data-topology-host]');
    this.#detail = must(dock, '[data-topology-detail]');
    this.#send = send;
    this.#say = say;
    const form = must<HTMLButtonElement>(dock, '[data-topology-form]');
    const showForm = (): void => {
      const words = preference('topologyWords');
      this.#section.dataset.form = words ? 'words' : 'picture';
      form.ariaPressed = String(words);
    };
    form.addEventListener('click', () => {
      remember('topologyWords', !preference('topologyWords'));
      showForm();
    });
    showForm();
    this.#host.addEventListener('pointerover', (event) => this.#point(event.target));
    new ResizeObserver(() => this.#isShown && this.#draw()).observe(this.#host);
  }

  /** The view came into sight, or went out of it. */
  shown(on: boolean): void {
    if (on !== this.#isShown) {
      this.#isShown = on;
      this.#send({ type: 'topology.watch', on });
      this.#draw();
    }
  }

  /** The stream is new: the server knows nothing of what this page watches. */
  connected(): void {
    if (this.#isShown) {
      this.#send({ type: 'topology.watch', on: true });
    }
  }

  picture(picture: Topology): void {
    const side = this.#sides.get(picture.platform) ?? this.#addSide(picture);
    this.#tell(newsBetween(side.picture, picture));
    side.picture = picture;
    this.#drawSide(side);
  }

  focus(): void {
    this.#host.focus();
  }

  clear(): void {
    this.#sides.clear();
    delete this.#section.dataset.sides;
    this.#host.replaceChildren(this.#waiting());
    this.#detail.textContent = '';
  }

  #waiting(): HTMLElement {
    const text = document.createElement('p');
    text.className = 'topology-empty';
    text.textContent = 'The picture comes with the lab.';
    return text;
  }

  #addSide(picture: Topology): Side {
    const section = document.createElement('section');
    section.className = 'topology-side';
    section.dataset.platform = picture.platform;
    section.ariaLabel = NAMES[picture.platform];
    const title = document.createElement('h3');
    title.textContent = NAMES[picture.platform];
    const drawing = new Drawing();
    const scroll = document.createElement('div');
    scroll.className = 'topology-picture';
    scroll.append(drawing.svg);
    const words = document.createElement('div');
    words.className = 'topology-words';
    words.dataset.words = '';
    const counterparts = document.createElement('p');
    counterparts.className = 'topology-counterparts';
    counterparts.hidden = true;
    section.append(title, scroll, words, counterparts);
    if (this.#sides.size === 0) {
      this.#host.replaceChildren();
    }
    // Kubernetes is always the left berth.
    if (picture.platform === 'kubernetes') {
      this.#host.prepend(section);
    } else {
      this.#host.append(section);
    }
    const side: Side = { section, drawing, picture };
    this.#sides.set(picture.platform, side);
    this.#section.dataset.sides = String(this.#sides.size);
    return side;
  }

  #draw(): void {
    this.#sides.forEach((side) => this.#drawSide(side));
  }

  #drawSide({ section, drawing, picture }: Side): void {
    const width = must(section, '.topology-picture').clientWidth;
    const words = must(section, '[data-words]');
    const isEmpty = picture.units.length === 0 && picture.groups.length === 0;
    section.dataset.empty = String(isEmpty);
    if (width > 0) {
      drawing.show(layOut(picture, width));
    }
    words.replaceChildren(
      ...(isEmpty
        ? [
            paragraph(
              `Nothing of yours runs here yet: ${picture.hosts.length} ${picture.hosts.length === 1 ? 'machine' : 'machines'}, no ${picture.platform === 'kubernetes' ? 'pods' : 'tasks'}.`,
            ),
          ]
        : []),
      ...describe(picture).flatMap(({ title, lines }) => (lines.length === 0 ? [paragraph(title)] : [paragraph(title), listOf(lines)])),
    );
    void showCounterparts(must(section, '.topology-counterparts'), picture);
    this.#legend();
  }

  #legend(): void {
    const states = new Set([...this.#sides.values()].flatMap(({ picture }) => picture.units.map((unit) => unit.state)));
    const legend = must(this.#section, '[data-topology-legend]');
    legend.replaceChildren(
      ...[...states].toSorted().map((state: UnitState) => {
        const item = document.createElement('span');
        item.dataset.state = state;
        item.textContent = STATE_WORDS[state];
        return item;
      }),
    );
  }

  #point(target: EventTarget | null): void {
    const id = target instanceof Element ? target.closest<SVGGElement>('[data-unit]')?.dataset.unit : undefined;
    for (const { picture } of this.#sides.values()) {
      const unit = picture.units.find((candidate) => candidate.id === id);
      if (unit) {
        const host = picture.hosts.find((candidate) => candidate.id === unit.host)?.name;
        const facts = [
          unit.words,
          host && `on ${host}`,
          unit.revision && `revision ${unit.revision}`,
          unit.restarts > 0 && `${unit.restarts} restarts`,
        ];
        this.#detail.textContent = `${unit.name}: ${facts.filter(Boolean).join(', ')}`;
        return;
      }
    }
  }

  /** Collects news and says them together. */
  #tell(news: readonly string[]): void {
    if (!this.#isShown || news.length === 0) {
      return;
    }
    for (const sentence of news) {
      // Of one group the newest count is enough.
      const subject = sentence.slice(0, sentence.indexOf(':'));
      const earlier = this.#news.findIndex((known) => known.slice(0, known.indexOf(':')) === subject);
      this.#news.splice(earlier < 0 ? this.#news.length : earlier, earlier < 0 ? 0 : 1, sentence);
    }
    if (this.#newsTimer !== undefined) {
      return;
    }
    this.#newsTimer = window.setTimeout(() => {
      this.#newsTimer = undefined;
      this.#say(this.#news.splice(0).join(' '));
    }, NEWS_PAUSE_MS);
  }
}

function paragraph(text: string): HTMLElement {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}

function listOf(lines: readonly string[]): HTMLElement {
  const list = document.createElement('ul');
  list.append(
    ...lines.map((line) => {
      const item = document.createElement('li');
      item.textContent = line;
      return item;
    }),
  );
  return list;
}
