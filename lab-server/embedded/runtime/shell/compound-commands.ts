// if, for, while, case, groups and the other compound commands.
import { matchesGlob } from '../programs/glob.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import { evaluateConditional } from './conditional.ts';
import { LoopExit } from './control.ts';
import { expandPattern, expandText, expandWords } from './expansion.ts';
import type { Interpreter } from './interpreter.ts';
import { BUILTIN_MS, withRedirections } from './command-effects.ts';
import { runSubshell } from './subshells.ts';
import type { CompoundCommand, StatementNode } from './syntax.ts';

export function runCompound(shell: Interpreter, command: CompoundCommand): Promise<number> {
  if (command.type === 'Subshell') {
    return runSubshell(shell, command);
  }
  return withRedirections(shell, command.redirections, async () => {
    switch (command.type) {
      case 'Group':
        return shell.runStatements(command.body);
      case 'If':
        for (const clause of command.clauses) {
          if ((await condition(shell, clause.condition)) === 0) {
            return body(shell, clause.body);
          }
        }
        return command.elseBody ? body(shell, command.elseBody) : 0;
      case 'While':
      case 'Until':
        return loop(shell, async () => ((await condition(shell, command.condition)) === 0) === (command.type === 'While'), command.body);
      case 'For': {
        const words = command.words ? await expandWords(shell, command.words) : [...shell.state.positional];
        return loop(
          shell,
          async () => {
            const word = words.shift();
            if (word === undefined) {
              return false;
            }
            shell.state.variables.set(command.variable, word);
            return true;
          },
          command.body,
        );
      }
      case 'CStyleFor': {
        const value = async (expression: typeof command.init): Promise<number> =>
          expression ? evaluateArithmetic(shell, expression.originalText ?? '') : 1;
        await value(command.init);
        let first = true;
        return loop(
          shell,
          async () => {
            if (!first) {
              await value(command.update);
            }
            first = false;
            return (await value(command.condition)) !== 0;
          },
          command.body,
        );
      }
      case 'Case':
        return runCase(shell, command);
      case 'ArithmeticCommand':
        return Number((await evaluateArithmetic(shell, command.expression.originalText ?? '')) === 0);
      case 'ConditionalCommand':
        return Number(!(await evaluateConditional(shell, command.expression)));
    }
  });
}

export async function condition(shell: Interpreter, statements: readonly StatementNode[]): Promise<number> {
  shell.state.inCondition += 1;
  try {
    return await shell.runStatements(statements);
  } finally {
    shell.state.inCondition -= 1;
  }
}

export async function body(shell: Interpreter, statements: readonly StatementNode[]): Promise<number> {
  shell.state.lastStatus = 0;
  return shell.runStatements(statements);
}

export async function loop(shell: Interpreter, next: () => Promise<boolean>, body: readonly StatementNode[]): Promise<number> {
  const { state } = shell;
  let status = 0;
  state.loopDepth += 1;
  try {
    while (await next()) {
      await state.process.spend(BUILTIN_MS);
      try {
        status = await shell.runStatements(body);
      } catch (error) {
        if (!(error instanceof LoopExit)) {
          throw error;
        }
        if (error.levels > 1) {
          error.levels -= 1;
          throw error;
        }
        status = 0;
        if (error.kind === 'break') {
          break;
        }
      }
    }
  } finally {
    state.loopDepth -= 1;
  }
  return status;
}

export async function runCase(shell: Interpreter, command: Extract<CompoundCommand, { type: 'Case' }>): Promise<number> {
  const text = await expandText(shell, command.word);
  let fallThrough = false;
  let status = 0;
  for (const item of command.items) {
    let matched = fallThrough;
    for (const pattern of matched ? [] : item.patterns) {
      matched ||= matchesGlob(await expandPattern(shell, pattern), text, { pathname: false });
    }
    if (!matched) {
      continue;
    }
    status = await body(shell, item.body);
    if (item.terminator === ';;') {
      return status;
    }
    fallThrough = item.terminator === ';&';
  }
  return status;
}
