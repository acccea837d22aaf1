// Where everything of the picture stands, from data alone: ways in at the left, groups beside them, machines as columns, units in their cells.
import type { Topology, TopologyEntry, TopologyGroup, TopologyHost, TopologyUnit } from '../../../lab-server/protocol/topology.ts';
import { countOf, groupsBehind, rolloutOf, shortRevision } from './words.ts';

export const CELL = 22;
const STEP = CELL + 4;
const MARGIN = 12;
const HEAD = 40;
const LINE = 17;
const ROW_GAP = 10;
const ENTRY_WIDTH = 168;
const GROUP_WIDTH = 172;
const GUTTER = 36;
const COLUMN_GAP = 8;
const MIN_COLUMN = STEP * 2 + 2 * MARGIN;
/** Below this width the names of groups stand over their cells instead of beside them. */
const NARROW = 600;
/** The average width of a letter at the drawing's text size. */
const LETTER = 6.2;

export interface Label {
  x: number;
  y: number;
  text: string;
  full: string;
  strong: boolean;
  wrong?: boolean;
}
export interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
  labels: Label[];
  /** A ground under the labels, where they would stand on the lines of other things. */
  band?: { x: number; y: number; width: number; height: number };
}
export interface Cell {
  unit: TopologyUnit;
  x: number;
  y: number;
  /** The revision, while there is more than one in the group. */
  mark: string;
}
export interface Link {
  id: string;
  path: string;
  /** Whether traffic flows. */
  open: boolean;
}
export interface Layout {
  width: number;
  height: number;
  hosts: Box[];
  groups: Box[];
  entries: Box[];
  cells: Cell[];
  links: Link[];
}

const NOWHERE: TopologyHost = { id: '', kind: '', name: 'No place yet', ready: true, note: '' };

function label(x: number, y: number, full: string, room: number, strong = false, wrong = false): Label {
  const letters = Math.max(4, Math.floor(room / LETTER));
  return { x, y, full, strong, wrong, text: full.length > letters ? `${full.slice(0, letters - 1)}…` : full };
}

function linesOf(group: TopologyGroup, units: readonly TopologyUnit[]): { text: string; wrong: boolean }[] {
  const lines = [{ text: `${group.kind}, ${countOf(group, units)}`, wrong: false }];
  const rollout = rolloutOf(group, units);
  if (group.space !== '') {
    lines.push({ text: `in ${group.space}`, wrong: false });
  }
  if (rollout !== '') {
    lines.push({ text: rollout, wrong: false });
  }
  if (group.note !== '') {
    lines.push({ text: group.note, wrong: true });
  }
  return lines;
}

export function layOut(picture: Topology, available: number): Layout {
  const narrow = available < NARROW;
  const columns = picture.units.some((unit) => unit.host === null) ? [...picture.hosts, NOWHERE] : [...picture.hosts];
  const left = narrow ? MARGIN : MARGIN + (picture.entries.length > 0 ? ENTRY_WIDTH + GUTTER : 0) + GROUP_WIDTH;
  const room = available - left - MARGIN;
  const columnWidth = Math.max(MIN_COLUMN, (room + COLUMN_GAP) / Math.max(1, columns.length) - COLUMN_GAP);
  const perRow = Math.max(1, Math.floor((columnWidth - 2 * MARGIN + 4) / STEP));
  const columnX = new Map(columns.map((host, index) => [host.id, left + index * (columnWidth + COLUMN_GAP)]));
  const width = Math.max(available, left + columns.length * (columnWidth + COLUMN_GAP) - COLUMN_GAP + MARGIN);

  let top = MARGIN;
  const entries: Box[] = [];
  const placeEntry = (entry: TopologyEntry, x: number, y: number, boxWidth: number): void => {
    const inner = boxWidth - 16;
    const facts = narrow
      ? [[entry.kind, entry.address].filter((fact) => fact !== '').join(', ')]
      : [entry.kind, entry.address].filter((fact) => fact !== '');
    const labels = [
      label(x + 8, y + LINE, entry.name, inner, true),
      ...facts.map((fact, index) => label(x + 8, y + LINE * (index + 2), fact, inner)),
    ];
    entries.push({ id: entry.id, x, y, width: boxWidth, height: labels.length * LINE + 8, labels });
  };
  if (narrow) {
    for (const entry of picture.entries) {
      placeEntry(entry, MARGIN, top, available - 2 * MARGIN);
      top += (entries.at(-1)?.height ?? 0) + ROW_GAP;
    }
  }

  const cells: Cell[] = [];
  const groups: Box[] = [];
  const hostTop = top;
  let y = hostTop + HEAD;
  for (const group of picture.groups) {
    const own = picture.units.filter((unit) => unit.group === group.id);
    const lines = linesOf(group, own);
    const several = new Set(own.map((unit) => unit.revision)).size > 1;
    const x = narrow ? left + MARGIN : left - GROUP_WIDTH;
    const textRoom = narrow ? available - 4 * MARGIN : GROUP_WIDTH - 12;
    const labels = [
      label(x, y + 13, group.name, textRoom, true),
      ...lines.map((line, index) => label(x, y + 13 + LINE * (index + 1), line.text, textRoom, false, line.wrong)),
    ];
    const textHeight = labels.length * LINE;
    const cellTop = narrow ? y + textHeight + ROW_GAP : y;
    let rows = 1;
    for (const host of columns) {
      const here = own.filter((unit) => (unit.host ?? '') === host.id);
      rows = Math.max(rows, Math.ceil(here.length / perRow));
      here.forEach((unit, index) =>
        cells.push({
          unit,
          x: (columnX.get(host.id) ?? left) + MARGIN + (index % perRow) * STEP,
          y: cellTop + Math.floor(index / perRow) * STEP,
          mark: several ? shortRevision(unit.revision).slice(0, 3) : '',
        }),
      );
    }
    const cellHeight = rows * STEP - 4;
    const height = narrow ? textHeight + ROW_GAP + cellHeight : Math.max(textHeight, cellHeight);
    const band = narrow ? { x: left, y: y - 4, width: width - 2 * MARGIN, height: textHeight + 6 } : undefined;
    groups.push({ id: group.id, x, y, width: GROUP_WIDTH, height, labels, ...(band && { band }) });
    y += height + ROW_GAP * 2;
  }
  if (!narrow) {
    // Beside the first group that it leads to, where that place is free.
    const besideOf = (entry: TopologyEntry): number => {
      const behind = groupsBehind(entry, picture);
      return groups.find((group) => behind.has(group.id))?.y ?? hostTop + HEAD;
    };
    let entryY = hostTop + HEAD;
    for (const entry of picture.entries.toSorted((a, b) => besideOf(a) - besideOf(b))) {
      placeEntry(entry, MARGIN, Math.max(entryY, besideOf(entry)), ENTRY_WIDTH);
      const placed = entries.at(-1);
      entryY = (placed?.y ?? 0) + (placed?.height ?? 0) + ROW_GAP;
    }
  }
  const bottom = Math.max(y, ...entries.map((entry) => entry.y + entry.height + MARGIN), hostTop + HEAD + CELL + MARGIN);
  const hosts = columns.map((host): Box => {
    const x = columnX.get(host.id) ?? left;
    const labels = [label(x + MARGIN, hostTop + LINE, host.name, columnWidth - 2 * MARGIN, true)];
    const second = host.note === '' ? host.kind : host.note;
    if (second !== '' && second !== host.name) {
      labels.push(label(x + MARGIN, hostTop + LINE * 2 - 1, second, columnWidth - 2 * MARGIN, false, host.note !== ''));
    }
    return { id: host.id, x, y: hostTop, width: columnWidth, height: bottom - hostTop, labels };
  });
  return { width, height: bottom + MARGIN, hosts, groups, entries, cells, links: narrow ? [] : linksOf(picture, entries, groups) };
}

function linksOf(picture: Topology, entries: readonly Box[], groups: readonly Box[]): Link[] {
  const box = new Map([...entries, ...groups].map((one) => [one.id, one]));
  return picture.entries.flatMap((entry): Link[] => {
    const from = box.get(entry.id);
    if (!from) {
      return [];
    }
    const startX = from.x + from.width;
    const startY = from.y + 20;
    const toGroups = [...groupsBehind(entry, picture)].flatMap((id): Link[] => {
      const to = box.get(id);
      const open = picture.units.some((unit) => unit.group === id && entry.serves.includes(unit.id));
      const endX = startX + GUTTER - 6;
      const endY = (to?.y ?? 0) + 9;
      const middle = startX + GUTTER / 2;
      return to
        ? [{ id: `${entry.id} ${id}`, open, path: `M${startX} ${startY}C${middle} ${startY} ${middle} ${endY} ${endX} ${endY}` }]
        : [];
    });
    const toEntries = entry.through.flatMap((id): Link[] => {
      const to = box.get(id);
      // Around the right side of the column of entries.
      const endY = (to?.y ?? 0) + (to?.height ?? 0) / 2;
      const bend = startX + GUTTER / 2;
      return to
        ? [{ id: `${entry.id} ${id}`, open: true, path: `M${startX} ${startY}C${bend} ${startY} ${bend} ${endY} ${startX} ${endY}` }]
        : [];
    });
    return [...toGroups, ...toEntries];
  });
}
