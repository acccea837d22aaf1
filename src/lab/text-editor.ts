// What the editor panel asks of the widget that edits: Monaco, or a plain text area where Monaco does not fit.

export interface TextEditor {
  /** Shows a file; the first time with this text. */
  show(path: string, text: string): void;
  /** Replaces the text of a file that was changed elsewhere. */
  setText(path: string, text: string): void;
  setFontSize(size: number): void;
  focus(): void;
  dispose(): void;
}

export type TextEditorFactory = (host: HTMLElement, edited: (path: string, text: string) => void) => TextEditor;
