// Monaco with the features that editing manifests needs and no more. Loaded only when a lab is opened.
import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/contextmenu/register.js';
import 'monaco-editor/features/cursorUndo/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/folding/register.js';
import 'monaco-editor/features/gotoError/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/indentation/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
import 'monaco-editor/features/suggest/register.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import 'monaco-editor/features/tokenization/register.js';
import 'monaco-editor/features/wordHighlighter/register.js';
import 'monaco-editor/features/wordOperations/register.js';
import 'monaco-editor/languages/definitions/shell/register.js';
import 'monaco-editor/languages/definitions/yaml/register.js';
import 'monaco-editor/languages/features/json/register.js';
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { preference } from './preferences.ts';
import type { TextEditor } from './text-editor.ts';
import { isDark, onThemeChange, token } from './theme.ts';

self.MonacoEnvironment = {
  getWorker: (_id: string, label: string): Worker =>
    label === 'json'
      ? new Worker(new URL('monaco-editor/language/json/json.worker.js', import.meta.url), { type: 'module' })
      : new Worker(new URL('monaco-editor/editor/editor.worker.js', import.meta.url), { type: 'module' }),
};

function applyTheme(): void {
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

export function createMonacoEditor(host: HTMLElement, edited: (path: string, text: string) => void): TextEditor {
  const disposing = new AbortController();
  const models = new Map<string, monaco.editor.ITextModel>();
  let settingText = false;
  applyTheme();
  onThemeChange(applyTheme, disposing.signal);
  const editor = monaco.editor.create(host, {
    accessibilitySupport: preference('screenReader') ? 'on' : 'auto',
    automaticLayout: true,
    fixedOverflowWidgets: true,
    folding: true,
    fontFamily: "'JetBrains Mono', 'Cascadia Code', Menlo, Consolas, monospace",
    fontSize: preference('fontSize'),
    lineHeight: 1.5,
    lineNumbersMinChars: 3,
    minimap: { enabled: false },
    model: null,
    overviewRulerLanes: 0,
    padding: { top: 8, bottom: 8 },
    renderLineHighlight: 'line',
    scrollBeyondLastLine: false,
    scrollbar: { verticalScrollbarSize: 8, horizontalScrollbarSize: 8, useShadows: false },
    tabSize: 2,
    wordBasedSuggestions: 'off',
  });
  function modelOf(path: string, text: string): monaco.editor.ITextModel {
    const known = models.get(path);
    if (known) {
      return known;
    }
    const model = monaco.editor.createModel(text, undefined, monaco.Uri.file(path));
    model.updateOptions({ tabSize: 2, insertSpaces: true });
    model.onDidChangeContent(() => !settingText && edited(path, model.getValue()));
    models.set(path, model);
    return model;
  }
  return {
    show(path, text) {
      editor.setModel(modelOf(path, text));
      editor.updateOptions({ ariaLabel: `${path}. Press Ctrl+M to let Tab leave the editor.` });
    },
    setText(path, text) {
      const model = models.get(path);
      if (model && model.getValue() !== text) {
        settingText = true;
        // An edit and not a new value: the cursor stays, and undo brings the old text back.
        model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
        settingText = false;
      }
    },
    setFontSize: (fontSize) => editor.updateOptions({ fontSize }),
    focus: () => editor.focus(),
    dispose() {
      disposing.abort();
      editor.dispose();
      for (const model of models.values()) {
        model.dispose();
      }
    },
  };
}
