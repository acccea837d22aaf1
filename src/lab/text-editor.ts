// What the editor panel asks of the widget that edits: Monaco, or a plain text area where Monaco does not fit.

export interface TextEditor {
  /** Shows a file; the first time with this text. */
  show(path: string, text: string): void;
  /** Replaces the text of a file that was changed elsewhere. */
  setText(path: string, text: string): void;
  /** Shows the file beside the text that the solution gives it, until another file is shown. */
  compare(path: string, solution: string): void;
  /** Puts the file in order, where its language is known. */
  format(): Promise<void>;
  setFontSize(size: number): void;
  focus(): void;
  dispose(): void;
}

export type TextEditorFactory = (host: HTMLElement, edited: (path: string, text: string) => void) => TextEditor;
