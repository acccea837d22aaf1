// The language of admission policies: what their expressions may speak of.
import { celLanguage, type CelProgram } from './environment.ts';

const LANGUAGE = celLanguage(['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables', 'authorizer']);

/** Throws where the expression cannot be read. */
export function compilePolicyExpression(expression: string): CelProgram {
  return LANGUAGE.compile(expression);
}
