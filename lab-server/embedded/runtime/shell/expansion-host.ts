// What the parts of word expansion share: the pieces of a word on its way, and what they ask of the interpreter.
import type { ShellState } from './state.ts';
import type { ScriptNode, WordNode, WordPart } from './syntax.ts';

/** Part of a word: `expanded` text is split and globbed, `quoted` is not, `glob` is a pattern, `break` ends a field. */
export type Segment =
  | { kind: 'literal' | 'quoted' | 'expanded' | 'glob'; text: string }
  | { kind: 'break' }
  /** `"$@"` without parameters: makes a word vanish that holds nothing else. */
  | { kind: 'nothing' };

export interface ExpansionHost {
  state: ShellState;
  /** Expands parts of a word, in double quotes or not. */
  parts(parts: readonly WordPart[], quoted: boolean): Promise<Segment[]>;
  /** Expands a word where no splitting happens. */
  text(word: WordNode): Promise<string>;
  /** Expands a word as a pattern: what was quoted stands for itself. */
  pattern(word: WordNode): Promise<string>;
  /** Runs a command substitution and gives its output without trailing newlines. */
  substitute(script: ScriptNode): Promise<string>;
  /** Opens a process substitution and gives the path to it. */
  substituteProcess(script: ScriptNode, direction: 'input' | 'output'): Promise<string>;
}

/** Expansion that ends the command, with the message that the shell prints after its own name. */
export class ExpansionProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExpansionProblem';
  }
}
