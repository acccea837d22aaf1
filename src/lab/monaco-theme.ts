// The page's colours as a theme of Monaco.
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { isDark, token } from './theme.ts';

/** Makes the theme anew from the tokens that hold now, and puts it on. */
export function applyTheme(): void {
  const rule = (name: string, colour: string, fontStyle = ''): monaco.editor.ITokenThemeRule => ({
    token: name,
    foreground: token(colour).slice(1),
    fontStyle,
  });
  monaco.editor.defineTheme('dockside', {
    base: isDark() ? 'vs-dark' : 'vs',
    inherit: false,
    rules: [
      rule('', '--ink'),
      rule('type', '--ink', 'bold'),
      rule('string.key', '--ink', 'bold'),
      rule('string', '--code-string'),
      rule('number', '--code-number'),
      rule('keyword', '--code-number'),
      rule('comment', '--steel', 'italic'),
      rule('delimiter', '--ink-soft'),
      rule('operators', '--ink-soft'),
    ],
    colors: {
      'editor.background': token('--paper-raised'),
      'editor.foreground': token('--ink'),
      'editorCursor.foreground': token('--ink'),
      'editor.selectionBackground': token('--selection'),
      'editor.lineHighlightBackground': token('--paper-sunk'),
      'editorLineNumber.foreground': token('--steel'),
      'editorLineNumber.activeForeground': token('--ink'),
      'editorIndentGuide.background1': token('--line'),
      'editorIndentGuide.activeBackground1': token('--line-strong'),
      // By default these are blue and amber, which stand for the two systems.
      'editorBracketHighlight.foreground1': token('--ink-soft'),
      'editorBracketHighlight.foreground2': token('--ink-soft'),
      'editorBracketHighlight.foreground3': token('--ink-soft'),
      'editorBracketMatch.border': token('--line-strong'),
      'editorBracketMatch.background': token('--paper-sunk'),
      'editorSuggestWidget.selectedBackground': token('--selection'),
      'editorSuggestWidget.selectedForeground': token('--ink'),
      'editorSuggestWidget.selectedIconForeground': token('--ink'),
      'editorSuggestWidget.highlightForeground': token('--ink'),
      'editorSuggestWidget.focusHighlightForeground': token('--ink'),
      'list.activeSelectionBackground': token('--selection'),
      'list.activeSelectionForeground': token('--ink'),
      'list.hoverBackground': token('--paper-sunk'),
      'editorWidget.background': token('--paper-raised'),
      'editorWidget.border': token('--line-strong'),
      'scrollbarSlider.background': `${token('--line-strong')}66`,
      'scrollbarSlider.hoverBackground': `${token('--line-strong')}aa`,
      'scrollbarSlider.activeBackground': token('--line-strong'),
      'scrollbar.shadow': '#00000000',
      focusBorder: token('--ink'),
    },
  });
  monaco.editor.setTheme('dockside');
}
