// An exercise in memory: its definition with every expression compiled, and what lies in its folder.
import type { MistakeDefinition, ExerciseDefinition, ObjectiveDefinition } from './schema.ts';
import { compilerFor, type Expression, isReserved } from './expression.ts';
import { DocksideError } from '../base/index.ts';

export interface Exercise {
  /** The folder's name. */
  readonly slug: string;
  readonly folder: string;
  readonly definition: ExerciseDefinition;
  readonly objectives: readonly Objective[];
  /** Starter files by path below home. */
  readonly files: Record<string, string>;
  readonly solution: string;
  /** Brings a fresh sandbox to where the exercise begins; run before the learner sees the lab. */
  readonly setup: string | undefined;
  readonly mistakes: readonly (MistakeDefinition & { text: string })[];
  /** Sum of the objectives' points. */
  readonly outOf: number;
}

export interface Objective {
  readonly id: string;
  readonly title: string;
  readonly points: number;
  readonly after: readonly string[];
  readonly timeLimitMs: number;
  readonly resources: ObjectiveDefinition['resources'];
  readonly history: ObjectiveDefinition['history'];
  readonly files: Readonly<Record<string, string>>;
  readonly requests: readonly ObjectiveRequest[];
  readonly lets: readonly { name: string; evaluate: Expression }[];
  readonly cases: readonly Case[];
  readonly reactions: readonly { when: Expression<boolean>; hint: Expression<string> }[];
}

export interface ObjectiveRequest {
  name: string;
  url: Expression<string>;
  when: Expression<boolean>;
  host: string | undefined;
}

export interface Case {
  when: Expression<boolean>;
  state: 'passed' | 'failed' | 'pending';
  expected?: Expression<string>;
  found?: Expression<string>;
  next?: Expression<string>;
}

/** Where in exercise.yaml something is: the keys that lead to it. */
export type FieldPath = readonly (string | number)[];
/** Receives every problem of a definition that the schema cannot see. */
export type Complain = (path: FieldPath, message: string) => void;

const always: Expression<boolean> = () => true;
/** The variable that reactions have beside those of the objective. */
export const ATTEMPTS = 'attempts';

/** Compiles an objective. Problems go to `complain`, with paths below the objective. */
export function compileObjective(definition: ObjectiveDefinition, complain: Complain): Objective {
  const observed = [...Object.keys(definition.resources), ...Object.keys(definition.history), ...Object.keys(definition.files)];
  const names = [...observed, ...Object.keys(definition.requests), ...Object.keys(definition.let)];
  for (const name of names.filter((candidate, index) => names.indexOf(candidate) !== index)) {
    complain(['let', name], `the name ${name} is used twice in this objective`);
  }

  for (const field of ['resources', 'history', 'files', 'requests', 'let'] as const) {
    for (const name of Object.keys(definition[field]).filter(isReserved)) {
      complain([field, name], `the name ${name} is a word of CEL's own; choose another`);
    }
  }
  if (names.includes(ATTEMPTS)) {
    complain(['let', ATTEMPTS], `the name ${ATTEMPTS} is taken: it is how often the learner asked for a check in vain`);
  }

  function attempt<Result>(path: FieldPath, compile: () => Expression<Result>): Expression<Result> {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof DocksideError)) {
        throw error;
      }
      complain(path, error.message);
      return () => {
        throw error;
      };
    }
  }

  // A request may use what was read and the values computed from that alone; what it brings may be used by the cases and by other values.
  const fromRequests = Object.keys(definition.requests);
  const beforeRequests = Object.entries(definition.let).flatMap(([name, source]) => {
    if (usesAny(source, fromRequests)) {
      fromRequests.push(name);
      return [];
    }
    return [name];
  });
  const forRequests = compilerFor([...observed, ...beforeRequests]);
  const requests = Object.entries(definition.requests).map(([name, request]) => ({
    name,
    host: request.host,
    url: attempt(['requests', name, 'url'], () => forRequests.template(request.url)),
    when: request.when === undefined ? always : attempt(['requests', name, 'when'], () => forRequests.condition(request.when ?? 'true')),
  }));
  const lets = Object.entries(definition.let).map(([name, source], index) => {
    const visible = [...observed, ...Object.keys(definition.requests), ...Object.keys(definition.let).slice(0, index)];
    return { name, evaluate: attempt(['let', name], () => compilerFor(visible).expression(source)) };
  });
  const compiler = compilerFor(names);
  const cases = definition.cases.map((entry, index): Case => {
    const text = (field: 'expected' | 'found' | 'next'): Expression<string> | undefined => {
      const source = entry[field];
      return source === undefined ? undefined : attempt(['cases', index, field], () => compiler.template(source));
    };
    if (entry.verdict === 'failed' && (entry.expected === undefined || entry.found === undefined || entry.next === undefined)) {
      complain(['cases', index], 'a case that fails needs expected, found and next');
    }
    return {
      when: attempt(['cases', index, 'when'], () => compiler.condition(entry.when)),
      state: entry.verdict,
      expected: text('expected'),
      found: text('found'),
      next: text('next'),
    };
  });
  const reacting = compilerFor([...names, ATTEMPTS]);
  const reactions = definition.reactions.map((reaction, index) => ({
    when: attempt(['reactions', index, 'when'], () => reacting.condition(reaction.when)),
    hint: attempt(['reactions', index, 'hint'], () => reacting.template(reaction.hint)),
  }));
  if (!definition.cases.some((entry) => entry.verdict === 'passed')) {
    complain(['cases'], 'one case needs verdict: passed');
  }
  return {
    id: definition.id,
    title: definition.title,
    points: definition.points,
    after: definition.after,
    timeLimitMs: definition.timeLimit * 1000,
    resources: definition.resources,
    history: definition.history,
    files: definition.files,
    requests,
    lets,
    cases,
    reactions,
  };
}

/** Whether an expression's source mentions one of the names as a word. */
function usesAny(source: string, names: readonly string[]): boolean {
  return names.some((name) => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(source));
}
