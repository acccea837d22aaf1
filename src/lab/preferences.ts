// What the reader's browser remembers of how the lab was left. Storage may be refused (private windows): then nothing is remembered.

export interface Preferences {
  /** Width of the lab beside the text, in percent of the window. */
  dock: number;
  /** Height of the editor, in percent of the work area. */
  work: number;
  view: 'both' | 'editor' | 'terminal' | 'topology';
  /** The topology view in words instead of drawn. */
  topologyWords: boolean;
  fontSize: number;
  copyOnSelect: boolean;
  screenReader: boolean;
}

const DEFAULTS: Preferences = {
  dock: 56,
  work: 45,
  view: 'both',
  topologyWords: false,
  fontSize: 13,
  copyOnSelect: false,
  screenReader: false,
};
const KEY = 'dockside.lab';

function stored(): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** One preference; its default where nothing of the right type is stored. */
export function preference<Name extends keyof Preferences>(name: Name): Preferences[Name] {
  const value = stored()[name];
  return value !== undefined && typeof value === typeof DEFAULTS[name] ? value : DEFAULTS[name];
}

export function remember<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), [name]: value }));
  } catch {
    // Not remembered; the page works all the same.
  }
}

/** The key under which a page remembers that its lab stands open. The inline script in astro.config.mjs reads the same key. */
const openKey = (): string => `dockside.open:${location.pathname}`;

export function rememberOpen(open: boolean): void {
  try {
    if (open) {
      localStorage.setItem(openKey(), '1');
    } else {
      localStorage.removeItem(openKey());
    }
  } catch {
    // As above.
  }
}
