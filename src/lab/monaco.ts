// Monaco with the features that editing manifests needs and no more. Loaded only when a lab is opened.
import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/contextmenu/register.js';
import 'monaco-editor/features/cursorUndo/register.js';
import 'monaco-editor/features/diffEditor/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/folding/register.js';
import 'monaco-editor/features/format/register.js';
import 'monaco-editor/features/gotoError/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/indentation/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
// The feature of this name brings no more than suggestions inline.
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import 'monaco-editor/features/tokenization/register.js';
import 'monaco-editor/features/wordHighlighter/register.js';
import 'monaco-editor/features/wordOperations/register.js';
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { compareWith, paneIn, type Comparison } from './monaco-comparison.ts';
import { preference } from './preferences.ts';
import type { TextEditor } from './text-editor.ts';
import { applyTheme } from './monaco-theme.ts';
import { teachLanguages } from './monaco-languages.ts';
import { onThemeChange } from './theme.ts';

self.MonacoEnvironment = {
  getWorker(_id: string, label: string): Worker {
    switch (label) {
      case 'json':
        return new Worker(new URL('monaco-editor/language/json/json.worker.js', import.meta.url), { type: 'module' });
      case 'yaml':
        return new Worker(new URL('monaco-yaml/yaml.worker.js', import.meta.url), { type: 'module' });
      default:
        return new Worker(new URL('monaco-editor/editor/editor.worker.js', import.meta.url), { type: 'module' });
    }
  },
};
teachLanguages();

export function createMonacoEditor(host: HTMLElement, edited: (path: string, text: string) => void): TextEditor {
  const disposing = new AbortController();
  const models = new Map<string, monaco.editor.ITextModel>();
  let settingText = false;
  applyTheme();
  onThemeChange(applyTheme, disposing.signal);
  const options: monaco.editor.IEditorOptions & monaco.editor.IGlobalEditorOptions = {
    accessibilitySupport: preference('screenReader') ? 'on' : 'auto',
    automaticLayout: true,
    fixedOverflowWidgets: true,
    folding: true,
    fontFamily: "'JetBrains Mono', 'Cascadia Code', Menlo, Consolas, monospace",
    fontSize: preference('fontSize'),
    lineHeight: 1.5,
    lineNumbersMinChars: 3,
    minimap: { enabled: false },
    overviewRulerLanes: 0,
    padding: { top: 8, bottom: 8 },
    renderLineHighlight: 'line',
    scrollBeyondLastLine: false,
    scrollbar: { verticalScrollbarSize: 8, horizontalScrollbarSize: 8, useShadows: false },
    tabSize: 2,
    wordBasedSuggestions: 'off',
  };
  const editing = paneIn(host);
  const editor = monaco.editor.create(editing, { ...options, model: null });
  let comparison: Comparison | undefined;
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
  function endComparison(): void {
    comparison?.[Symbol.dispose]();
    comparison = undefined;
    editing.hidden = false;
  }
  return {
    show(path, text) {
      endComparison();
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
    compare(path, solution) {
      endComparison();
      editing.hidden = true;
      const mine = models.get(path);
      comparison = mine && compareWith(host, mine, solution, { ...options, fontSize: preference('fontSize') });
    },
    async format() {
      await editor.getAction('editor.action.formatDocument')?.run();
    },
    setFontSize(fontSize) {
      editor.updateOptions({ fontSize });
      comparison?.setFontSize(fontSize);
    },
    focus: () => (comparison ?? editor).focus(),
    dispose() {
      endComparison();
      disposing.abort();
      editor.dispose();
      editing.remove();
      for (const model of models.values()) {
        model.dispose();
      }
    },
  };
}
