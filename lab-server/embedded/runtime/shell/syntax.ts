// The shell's grammar: just-bash's parser and its syntax tree, loaded at the first script. Its errors become ours.
import type { CommandNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';

export type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';
export type WordPart = WordNode['parts'][number];
export type Redirection = SimpleCommandNode['redirections'][number];
export type Assignment = SimpleCommandNode['assignments'][number];
export type ParameterPart = Extract<WordPart, { type: 'ParameterExpansion' }>;
export type ParameterOperation = NonNullable<ParameterPart['operation']>;
export type CompoundCommand = Exclude<CommandNode, SimpleCommandNode | FunctionDefinition>;
export type FunctionDefinition = Extract<CommandNode, { type: 'FunctionDef' }>;
export type ConditionalExpression = Extract<CommandNode, { type: 'ConditionalCommand' }>['expression'];
export type HereDocument = Extract<Redirection['target'], { type: 'HereDoc' }>;

/** A script that cannot be parsed. `incomplete`: more input could complete it, so an interactive shell asks for more. */
export class SyntaxProblem extends Error {
  readonly line: number;
  readonly token: string;
  readonly incomplete: boolean;
  constructor(message: string, line: number, token: string, incomplete: boolean) {
    super(message);
    this.name = 'SyntaxProblem';
    this.line = line;
    this.token = token;
    this.incomplete = incomplete;
  }
}

/** Scripts run again and again (probes, loops of `sh -c`): their trees are kept, since nothing changes them. */
const parsed = new Map<string, ScriptNode>();
const CACHE_ENTRIES = 100;
const CACHE_SCRIPT_LENGTH = 4096;

/** Parses a script. Throws SyntaxProblem. */
export async function parseScript(text: string): Promise<ScriptNode> {
  const known = parsed.get(text);
  if (known) {
    return known;
  }
  const { parse } = await import('just-bash');
  let script: ScriptNode;
  try {
    script = parse(text);
  } catch (error) {
    throw problemOf(error, text);
  }
  refuseEmptyCommands(script.statements);
  if (text.length <= CACHE_SCRIPT_LENGTH) {
    if (parsed.size >= CACHE_ENTRIES) {
      parsed.clear();
    }
    parsed.set(text, script);
  }
  return script;
}

function problemOf(error: unknown, text: string): SyntaxProblem {
  const message = error instanceof Error ? error.message : String(error);
  const line = error instanceof Error && 'line' in error && typeof error.line === 'number' ? error.line : 1;
  const token = tokenOf(error);
  const unterminated = message.includes('unexpected EOF') || message.includes('got EOF') || token?.type === 'EOF';
  if (unterminated) {
    const quote = /matching `(.)'/.exec(message)?.[1];
    return new SyntaxProblem(message, text.split('\n').length, quote ?? '', true);
  }
  return new SyntaxProblem(message, line, token?.value ?? /token `(.*)'/.exec(message)?.[1] ?? 'newline', false);
}

function tokenOf(error: unknown): { type: string; value: string } | undefined {
  if (error instanceof Error && 'token' in error && typeof error.token === 'object' && error.token !== null) {
    const { token } = error;
    if ('type' in token && 'value' in token && typeof token.type === 'string' && typeof token.value === 'string') {
      return { type: token.type, value: token.value };
    }
  }
  return undefined;
}

/** The parser takes `a | | b` and `a &&` at the end; a shell refuses the one and waits for more after the other. */
function refuseEmptyCommands(statements: readonly StatementNode[]): void {
  for (const statement of statements) {
    if (statement.deferredError) {
      throw new SyntaxProblem(statement.deferredError.message, statement.line ?? 1, statement.deferredError.token, false);
    }
    const commands = statement.pipelines.flatMap((pipeline) => pipeline.commands);
    const joined = commands.length > 1;
    for (const [index, command] of commands.entries()) {
      if (joined && isEmpty(command)) {
        const last = index === commands.length - 1;
        throw new SyntaxProblem("syntax error near unexpected token `|'", command.line ?? 1, last ? '' : '|', last);
      }
    }
  }
}

function isEmpty(command: CommandNode): boolean {
  return command.type === 'SimpleCommand' && command.name === null && command.assignments.length === 0 && command.redirections.length === 0;
}
