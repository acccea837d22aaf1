// Draws a layout as SVG and keeps it true: what stays moves, what comes and goes fades, and nothing is drawn twice.
import type { Box, Cell, Label, Layout, Link } from './layout.ts';
import { CELL } from './layout.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** A little longer than the transition in lab-topology.css. */
const LEAVE_MS = 220;
const GLYPHS: Record<Cell['unit']['state'], string> = {
  ready: '',
  running: '–',
  starting: '…',
  waiting: '?',
  failing: '!',
  ending: '×',
  done: '✓',
};

function make<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | number> = {},
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  return element;
}

/** One kind of thing in the picture, by id. */
class Layer<Item> {
  readonly root = make('g');
  readonly #known = new Map<string, SVGGElement>();
  readonly #update: (group: SVGGElement, item: Item) => void;

  constructor(name: string, update: (group: SVGGElement, item: Item) => void) {
    this.root.setAttribute('class', name);
    this.#update = update;
  }

  show(items: ReadonlyMap<string, Item>): void {
    for (const [id, group] of this.#known) {
      if (!items.has(id)) {
        this.#known.delete(id);
        group.dataset.leaving = '';
        setTimeout(() => group.remove(), LEAVE_MS);
      }
    }
    for (const [id, item] of items) {
      let group = this.#known.get(id);
      if (!group) {
        group = make('g');
        this.#known.set(id, group);
        this.root.append(group);
      }
      this.#update(group, item);
    }
  }
}

function textOf(label: Label): SVGTextElement {
  const text = make('text', { x: label.x, y: label.y });
  text.textContent = label.text;
  if (label.strong) {
    text.classList.add('strong');
  }
  if (label.wrong) {
    text.classList.add('wrong');
  }
  if (label.text !== label.full) {
    const title = make('title');
    title.textContent = label.full;
    text.append(title);
  }
  return text;
}

function updateBox(group: SVGGElement, box: Box): void {
  const frame = make('rect', { x: box.x, y: box.y, width: box.width, height: box.height, rx: 4 });
  group.replaceChildren(frame, ...box.labels.map(textOf));
}

function updateGroup(group: SVGGElement, box: Box): void {
  group.replaceChildren(...(box.band ? [make('rect', { ...box.band })] : []), ...box.labels.map(textOf));
}

function updateLink(group: SVGGElement, link: Link): void {
  const path = (group.firstElementChild as SVGPathElement | null) ?? group.appendChild(make('path'));
  path.setAttribute('d', link.path);
  path.setAttribute('class', link.open ? 'open' : 'shut');
}

function updateCell(group: SVGGElement, { unit, x, y, mark }: Cell): void {
  if (!group.firstElementChild) {
    group.append(make('rect', { width: CELL, height: CELL, rx: 4 }), make('text', { x: CELL / 2, y: CELL / 2 }), make('title'));
  }
  group.style.transform = `translate(${x}px, ${y}px)`;
  group.dataset.state = unit.state;
  group.dataset.revision = unit.current ? 'current' : 'old';
  group.dataset.unit = unit.id;
  const text = group.querySelector('text');
  const title = group.querySelector('title');
  if (text && title) {
    text.textContent = GLYPHS[unit.state] || mark;
    title.textContent = `${unit.name}: ${unit.words}`;
  }
}

const byId = <Item extends { id: string }>(items: readonly Item[]): Map<string, Item> => new Map(items.map((item) => [item.id, item]));

export class Drawing {
  readonly svg = make('svg', { 'aria-hidden': 'true', focusable: 'false' });
  readonly #hosts = new Layer<Box>('hosts', updateBox);
  readonly #links = new Layer<Link>('links', updateLink);
  readonly #entries = new Layer<Box>('entries', updateBox);
  readonly #groups = new Layer<Box>('groups', updateGroup);
  readonly #cells = new Layer<Cell>('cells', updateCell);

  constructor() {
    this.svg.append(...[this.#hosts, this.#links, this.#entries, this.#groups, this.#cells].map((layer) => layer.root));
  }

  show(layout: Layout): void {
    this.svg.setAttribute('width', String(layout.width));
    this.svg.setAttribute('height', String(layout.height));
    this.#hosts.show(byId(layout.hosts));
    this.#links.show(byId(layout.links));
    this.#entries.show(byId(layout.entries));
    this.#groups.show(byId(layout.groups));
    this.#cells.show(new Map(layout.cells.map((cell) => [cell.unit.id, cell])));
  }
}
