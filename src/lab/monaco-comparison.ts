// A file beside its text in the solution, in Monaco's own view of differences. The learner's side can be edited there, too.
import * as monaco from 'monaco-editor/editor/editor.api.js';

export interface Comparison extends Disposable {
  setFontSize(size: number): void;
  focus(): void;
}

/** An element that fills the host. */
export function paneIn(host: HTMLElement): HTMLElement {
  const pane = document.createElement('div');
  pane.className = 'editor-pane';
  host.append(pane);
  return pane;
}

export function compareWith(
  host: HTMLElement,
  mine: monaco.editor.ITextModel,
  solution: string,
  options: monaco.editor.IEditorOptions,
): Comparison {
  const pane = paneIn(host);
  const theirs = monaco.editor.createModel(solution, mine.getLanguageId());
  const editor = monaco.editor.createDiffEditor(pane, {
    ...options,
    originalEditable: false,
    renderOverviewRuler: false,
    // Where there is no room for two columns the differences stand one below the other.
    useInlineViewWhenSpaceIsLimited: true,
    renderSideBySideInlineBreakpoint: 700,
    originalAriaLabel: 'The solution',
    modifiedAriaLabel: 'Your text',
  });
  editor.setModel({ original: theirs, modified: mine });
  return {
    setFontSize: (fontSize) => editor.updateOptions({ fontSize }),
    focus: () => editor.getModifiedEditor().focus(),
    [Symbol.dispose]() {
      editor.dispose();
      theirs.dispose();
      pane.remove();
    },
  };
}
