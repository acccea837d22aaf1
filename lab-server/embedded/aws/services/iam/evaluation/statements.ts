// Statements of policy documents, read once, and whether one speaks of a request.
import { conditionsHold, type ConditionBlock } from './conditions.ts';
import { withVariables, type AccessRequest } from './request.ts';
import { matchesArn, matchesWildcard } from './wildcards.ts';

type Texts = string | readonly string[];
type PrincipalElement = '*' | Readonly<Record<string, Texts>>;

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action?: Texts;
  NotAction?: Texts;
  Resource?: Texts;
  NotResource?: Texts;
  Principal?: PrincipalElement;
  NotPrincipal?: PrincipalElement;
  Condition?: ConditionBlock;
}

/** Who asks, in the forms that a policy may name: of each kind, the texts that mean this caller. */
export interface Caller {
  /** ARNs and the account's id. */
  AWS?: readonly string[];
  Service?: string;
  Federated?: string;
}

const parsed = new Map<string, readonly Statement[]>();
const MOST_KEPT = 1000;

/** The statements of a document; none for a text that is no policy. Documents are read once. */
export function statementsOf(document: string): readonly Statement[] {
  let statements = parsed.get(document);
  if (!statements) {
    if (parsed.size >= MOST_KEPT) {
      parsed.clear();
    }
    statements = read(document);
    parsed.set(document, statements);
  }
  return statements;
}

function read(document: string): readonly Statement[] {
  try {
    // The grammar was checked when the document came in; placeholders of suites have no statements.
    const { Statement: statements } = JSON.parse(document) as { Statement?: Statement | Statement[] };
    return [statements ?? []].flat();
  } catch {
    return [];
  }
}

/** Whether a statement of an identity's policy speaks of the request. */
export function appliesTo(statement: Statement, request: AccessRequest): boolean {
  return hasAction(statement, request.action) && hasResource(statement, request) && conditionsHold(statement.Condition, request.values);
}

/** The same for a policy of a resource, which also says of whom it speaks. A trust policy names no resource: it is the role's own. */
export function appliesToCaller(statement: Statement, request: AccessRequest, caller: Caller): boolean {
  const isMeant = statement.NotPrincipal ? !names(statement.NotPrincipal, caller) : names(statement.Principal, caller);
  const isNamed = statement.Resource === undefined && statement.NotResource === undefined ? true : hasResource(statement, request);
  return isMeant && isNamed && hasAction(statement, request.action) && conditionsHold(statement.Condition, request.values);
}

function hasAction({ Action, NotAction }: Statement, action: string): boolean {
  const matches = (texts: Texts): boolean => [texts].flat().some((text) => matchesWildcard(text.toLowerCase(), action.toLowerCase()));
  return NotAction === undefined ? matches(Action ?? []) : !matches(NotAction);
}

function hasResource({ Resource, NotResource }: Statement, { resource, values }: AccessRequest): boolean {
  const matches = (texts: Texts): boolean =>
    [texts].flat().some((text) => {
      const resolved = withVariables(text ?? '', values);
      return resolved !== undefined && (resolved === '*' || matchesArn(resolved, resource));
    });
  return NotResource === undefined ? matches(Resource ?? []) : !matches(NotResource);
}

function names(element: PrincipalElement | undefined, caller: Caller): boolean {
  if (element === undefined) {
    return false;
  }
  if (element === '*') {
    return true;
  }
  return Object.entries(element).some(([kind, texts]) =>
    [texts].flat().some((text) => {
      switch (kind) {
        case 'AWS':
          return text === '*' || (caller.AWS ?? []).includes(text);
        case 'Service':
          return caller.Service !== undefined && (text === '*' || text === caller.Service);
        case 'Federated':
          return caller.Federated !== undefined && (text === '*' || text === caller.Federated);
        default:
          return false;
      }
    }),
  );
}
