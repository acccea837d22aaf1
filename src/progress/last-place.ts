// Where the reader was last: kept in the browser alone, so that it works without a server. Storage may be refused; then nothing is kept.

export interface Place {
  path: string;
  title: string;
  /** The section that was read, as an id; empty at the top. */
  section: string;
}

const KEY = 'dockside.place';

/** A place as it was stored; undefined for anything else. */
export function parsePlace(text: string | null): Place | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    if (typeof value === 'object' && value !== null && 'path' in value && 'title' in value && 'section' in value) {
      const { path, title, section } = value;
      // A path on this site: what storage holds must not lead anywhere else.
      if (typeof path === 'string' && /^\/(?!\/)/.test(path) && typeof title === 'string' && typeof section === 'string') {
        return { path, title, section };
      }
    }
  } catch {
    // Not ours.
  }
  return undefined;
}

export function lastPlace(): Place | undefined {
  try {
    return parsePlace(localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}

export function rememberPlace(place: Place): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // Not remembered; the page works all the same.
  }
}
