// Sets of completion indexes, and their text form `0,2-4` in a job's status and success policy.

export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of text ? text.split(',') : []) {
    const [first, last = first] = part.split('-').map(Number);
    for (let index = first ?? 0; index <= (last ?? -1); index += 1) {
      indexes.add(index);
    }
  }
  return indexes;
}

/** Runs of three and more (and of two, as `1,2`) are joined: `0,2-4`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const runs: [number, number][] = [];
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && index <= run[1] + 1) {
      run[1] = index;
    } else {
      runs.push([index, index]);
    }
  }
  return runs
    .map(([first, last]) => (first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`))
    .join(',');
}
