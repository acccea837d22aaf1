// The page's colours as plain values, for the two widgets that cannot read CSS variables: the terminal and the editor.
import type { ITheme } from '@xterm/xterm';

/** The value of a token, such as `--ink`, in the theme that is on now. */
export function token(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return hex(colour);
}

function hex(colour: string): string {
  const parts = colour.match(/[\d.]+/g) ?? [];
  return `#${parts
    .slice(0, 3)
    .map((part) => Math.round(Number(part)).toString(16).padStart(2, '0'))
    .join('')}`;
}

export const isDark = (): boolean => document.documentElement.dataset.theme !== 'light';

/** Calls back whenever the reader switches between light and dark, until `signal` aborts. */
export function onThemeChange(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  signal.addEventListener('abort', () => observer.disconnect());
}

// The sixteen colours that programs choose by number. Each stands at least 4.5:1 on the terminal's ground, save black on dark and white on light.
const ANSI = {
  dark: {
    black: '#3a4249',
    red: '#ff968b',
    green: '#7fcf9d',
    yellow: '#d9c77a',
    blue: '#9db4d6',
    magenta: '#d9a3d0',
    cyan: '#86c8c9',
    white: '#d3d8dc',
    brightBlack: '#98a1a9',
    brightRed: '#ffb4ab',
    brightGreen: '#a2e3ba',
    brightYellow: '#ece0a3',
    brightBlue: '#bccdea',
    brightMagenta: '#ecc4e5',
    brightCyan: '#abe0e1',
    brightWhite: '#ffffff',
  },
  light: {
    black: '#16191d',
    red: '#ae2a20',
    green: '#1c6b3a',
    yellow: '#6b5a10',
    blue: '#3b5580',
    magenta: '#7d3472',
    cyan: '#1b6467',
    white: '#5a636c',
    brightBlack: '#5a636c',
    brightRed: '#8f1f17',
    brightGreen: '#14532c',
    brightYellow: '#54460b',
    brightBlue: '#2c4166',
    brightMagenta: '#632659',
    brightCyan: '#124c4e',
    brightWhite: '#16191d',
  },
} satisfies Record<'dark' | 'light', ITheme>;

export function terminalTheme(): ITheme {
  const ink = token('--ink');
  return {
    ...(isDark() ? ANSI.dark : ANSI.light),
    background: token('--paper-sunk'),
    foreground: ink,
    cursor: ink,
    cursorAccent: token('--paper-sunk'),
    selectionBackground: token('--selection'),
    scrollbarSliderBackground: `${token('--line-strong')}66`,
    scrollbarSliderHoverBackground: `${token('--line-strong')}aa`,
    scrollbarSliderActiveBackground: token('--line-strong'),
    overviewRulerBorder: '#00000000',
  };
}
