// `[[ … ]]`
import { evaluateBinary, evaluateUnary } from '../programs/test.ts';
import { matchesGlob } from '../programs/glob.ts';
import { compileTextPattern, loadTextPatterns, type TextMatch } from '../programs/text-pattern.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import { ExpansionProblem, type ExpansionHost } from './expansion-host.ts';
import { expandRegExp } from './expansion.ts';
import type { ConditionalExpression } from './syntax.ts';

export async function evaluateConditional(host: ExpansionHost, expression: ConditionalExpression): Promise<boolean> {
  switch (expression.type) {
    case 'CondNot':
      return !(await evaluateConditional(host, expression.operand));
    case 'CondAnd':
      return (await evaluateConditional(host, expression.left)) && evaluateConditional(host, expression.right);
    case 'CondOr':
      return (await evaluateConditional(host, expression.left)) || evaluateConditional(host, expression.right);
    case 'CondGroup':
      return evaluateConditional(host, expression.expression);
    case 'CondWord':
      return (await host.text(expression.word)) !== '';
    case 'CondUnary': {
      const operand = await host.text(expression.operand);
      if (expression.operator === '-v') {
        return host.state.variables.find(operand) !== undefined;
      }
      return evaluateUnary(host.state.process, expression.operator, operand);
    }
    case 'CondBinary':
      return evaluateComparison(host, expression);
  }
}

async function evaluateComparison(
  host: ExpansionHost,
  expression: Extract<ConditionalExpression, { type: 'CondBinary' }>,
): Promise<boolean> {
  const left = await host.text(expression.left);
  const { operator } = expression;
  if (operator === '=' || operator === '==' || operator === '!=') {
    return matchesGlob(await host.pattern(expression.right), left, { pathname: false }) !== (operator === '!=');
  }
  if (operator === '=~') {
    const source = await expandRegExp(host, expression.right);
    await loadTextPatterns();
    let match: TextMatch | undefined;
    try {
      match = compileTextPattern(source, false).exec(left);
    } catch {
      throw new ExpansionProblem(`${source}: invalid regular expression`);
    }
    host.state.variables.setArray('BASH_REMATCH', new Map((match?.captures ?? []).map((text, index) => [String(index), text ?? ''])));
    return match !== undefined;
  }
  const right = await host.text(expression.right);
  if (operator.startsWith('-') && !['-nt', '-ot', '-ef'].includes(operator)) {
    const [a, b] = [await evaluateArithmetic(host, left), await evaluateArithmetic(host, right)];
    return evaluateBinary(host.state.process, String(a), operator, String(b));
  }
  return evaluateBinary(host.state.process, left, operator, right);
}
