// Which entries of the palette fit what was typed, best first. Pure.

export interface Entry {
  title: string;
  /** What kind of thing it is: `Lesson`, `Exercise`, `Lab`. */
  kind: string;
}

/** Every word must be found; titles that begin with the text come first, then words that begin with it, then the rest in their order. */
export function matching<Found extends Entry>(entries: readonly Found[], text: string): Found[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') {
    return [...entries];
  }
  const words = wanted.split(/\s+/);
  return entries
    .flatMap((entry) => {
      const title = entry.title.toLowerCase();
      const all = `${title} ${entry.kind.toLowerCase()}`;
      if (!words.every((word) => all.includes(word))) {
        return [];
      }
      const rank = title.startsWith(wanted) ? 0 : words.every((word) => new RegExp(`\\b${escaped(word)}`).test(title)) ? 1 : 2;
      return [{ entry, rank }];
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
