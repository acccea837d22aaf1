// The picture in words: the same facts as the drawing, for those who cannot or do not want to look, and the news between two pictures.
import type { Topology, TopologyEntry, TopologyGroup, TopologyUnit, UnitState } from '../../../lab-server/protocol/topology.ts';

export const STATE_WORDS: Record<UnitState, string> = {
  ready: 'ready',
  running: 'running, not ready',
  starting: 'starting',
  waiting: 'without a place',
  failing: 'failing',
  ending: 'ending',
  done: 'finished',
};

export interface Paragraph {
  title: string;
  lines: string[];
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** `web:3` and `3` both become `3`: the number a cell has room for. */
export function shortRevision(revision: string): string {
  return revision.slice(revision.lastIndexOf(':') + 1);
}

/** "2 of 3 ready", or how many there are where nobody says how many there should be. */
export function countOf(group: TopologyGroup, units: readonly TopologyUnit[]): string {
  return group.wanted === null ? `${group.ready} of ${units.length} ready` : `${group.ready} of ${group.wanted} ready`;
}

/** How far a rolling update is; empty where there is none. */
export function rolloutOf(group: TopologyGroup, units: readonly TopologyUnit[]): string {
  const staying = units.filter((unit) => unit.state !== 'ending');
  const old = staying.filter((unit) => !unit.current);
  const fresh = staying.filter((unit) => unit.current);
  if (group.wanted === null || old.length === 0) {
    return '';
  }
  return `Update: ${fresh.filter((unit) => unit.state === 'ready').length} of ${group.wanted} new, ${old.length} old`;
}

/** The groups that an entry leads to, through other entries as well. */
export function groupsBehind(entry: TopologyEntry, picture: Topology): Set<string> {
  const units = new Map(picture.units.map((unit) => [unit.id, unit.group]));
  const direct = [...entry.serves, ...entry.withholds].flatMap((id) => units.get(id) ?? []);
  return new Set(direct);
}

export function describe(picture: Topology): Paragraph[] {
  const hostName = new Map(picture.hosts.map((host) => [host.id, host.name]));
  const entryName = new Map(picture.entries.map((entry) => [entry.id, entry.name]));
  const unit = picture.platform === 'kubernetes' ? 'pod' : 'task';
  const groups = picture.groups.map((group): Paragraph => {
    const own = picture.units.filter((candidate) => candidate.group === group.id);
    const notes = [group.note, rolloutOf(group, own)].filter((note) => note !== '');
    return {
      title: `${group.wanted === null ? `${group.kind} on their own` : `${group.kind} ${group.name}`}${group.space === '' ? '' : ` in ${group.space}`}: ${[countOf(group, own), ...notes].join('. ')}.`,
      lines: own.map((one) => {
        const place = one.host === null ? '' : ` on ${hostName.get(one.host) ?? one.host}`;
        const revision = one.revision === '' ? '' : `, revision ${shortRevision(one.revision)}${one.current ? '' : ' (old)'}`;
        const restarts = one.restarts === 0 ? '' : `, ${plural(one.restarts, 'restart')}`;
        return `${one.name}: ${STATE_WORDS[one.state]} (${one.words})${place}${revision}${restarts}.`;
      }),
    };
  });
  const entries = picture.entries.map((entry) => {
    const targets = [
      ...entry.through.map((id) => `passes to ${entryName.get(id) ?? 'something that is gone'}`),
      ...(entry.serves.length > 0 ? [`serves ${plural(entry.serves.length, unit)}`] : []),
      ...(entry.withholds.length > 0 ? [`withholds traffic from ${plural(entry.withholds.length, unit)}`] : []),
    ];
    return `${entry.kind} ${entry.name}${entry.address === '' ? '' : `, ${entry.address}`}: ${targets.join(', ') || 'leads to nothing'}.`;
  });
  const hosts = picture.hosts.map((host) => {
    const own = picture.units.filter((candidate) => candidate.host === host.id).length;
    return `${host.kind} ${host.name}: ${host.note === '' ? 'ready' : host.note}, ${plural(own, unit)}.`;
  });
  return [
    ...groups,
    ...(entries.length > 0 ? [{ title: 'Ways in', lines: entries }] : []),
    ...(hosts.length > 0 ? [{ title: 'Machines', lines: hosts }] : []),
    ...(picture.hidden > 0 ? [{ title: `${picture.hidden} more are not shown.`, lines: [] }] : []),
  ];
}

/** What a listener should hear of a change: one sentence for each group that is not as it was. */
export function newsBetween(before: Topology, after: Topology): string[] {
  const news: string[] = [];
  const known = new Map(before.groups.map((group) => [group.id, group]));
  const failingIn = (picture: Topology, group: string): TopologyUnit | undefined =>
    picture.units.find((unit) => unit.group === group && unit.state === 'failing');
  for (const group of after.groups) {
    const own = after.units.filter((unit) => unit.group === group.id);
    const was = known.get(group.id);
    const failing = failingIn(after, group.id);
    if (!was || was.ready !== group.ready || was.wanted !== group.wanted) {
      news.push(`${group.name}: ${countOf(group, own)}.`);
    }
    if (failing && failingIn(before, group.id)?.words !== failing.words) {
      news.push(`${group.name}: ${failing.words}.`);
    }
  }
  for (const group of before.groups) {
    if (!after.groups.some((candidate) => candidate.id === group.id)) {
      news.push(`${group.name} is gone.`);
    }
  }
  return news;
}
