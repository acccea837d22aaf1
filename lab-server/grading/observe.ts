// Reads what an objective looks at: the sandboxes' state, the learner's files, and answers from inside the lab's network.
import { parseAllDocuments } from 'yaml';
import { DocksideError, isDocksideError } from '../base/index.ts';
import type { PlatformState, StateDocument, StateQuery } from '../sandboxes/sandbox.ts';
import type { WorkspaceFiles } from '../workspaces/files.ts';
import type { Objective } from './exercise.ts';
import { toCel, type Variables } from './expression.ts';
import { ask, type RequestNetwork } from './requests.ts';

/** What a grader may look at. */
export interface Observed {
  state(platform: 'kubernetes' | 'ecs'): PlatformState | undefined;
  /** Absent where a cluster is graded without a workspace. */
  files?: Pick<WorkspaceFiles, 'read'>;
  network: RequestNetwork;
}

/** The states of an object (or of objects) that were seen since the lab was opened, the oldest first, in CEL's types. */
export type Remembered = (query: StateQuery) => readonly unknown[];

/** Reads shared by the objectives of one round, so that each query is asked once. */
export type Round = Map<string, Promise<StateDocument[]>>;

/** Reads everything the objective names. Rejects when something cannot be read: the check then has no verdict, but an error. */
export async function observe(
  objective: Objective,
  observed: Observed,
  round: Round,
  remembered: Remembered,
  signal: AbortSignal,
): Promise<Variables> {
  const variables: Variables = {};
  const resources = Object.entries(objective.resources).map(async ([name, query]) => {
    const documents = await readOnce(query, observed, round, signal);
    variables[name] = toCel('name' in query && query.name !== undefined ? (documents[0] ?? null) : documents);
  });
  const files = Object.entries(objective.files).map(async ([name, path]) => {
    variables[name] = await readFile(path, observed);
  });
  await Promise.all([...resources, ...files]);

  for (const [name, query] of Object.entries(objective.history)) {
    variables[name] = remembered(query);
  }

  // Values are computed when something uses them: one that no case reaches cannot fail.
  for (const { name, evaluate } of objective.lets) {
    let computed: { value: unknown } | undefined;
    Object.defineProperty(variables, name, {
      enumerable: true,
      get: () => (computed ??= { value: evaluate(variables) }).value,
    });
  }

  await Promise.all(
    objective.requests.map(async ({ name, url, when, host }) => {
      variables[name] = when(variables) ? toCel(await ask(observed.network, url(variables), host, signal)) : null;
    }),
  );
  return variables;
}

function readOnce(query: StateQuery, observed: Observed, round: Round, signal: AbortSignal): Promise<StateDocument[]> {
  const key = JSON.stringify(query);
  let reading = round.get(key);
  if (!reading) {
    const state = observed.state(query.platform);
    if (!state) {
      throw new DocksideError('CHECK_NO_SANDBOX', `There is no ${query.platform} sandbox to look at.`);
    }
    reading = state.read(query, signal);
    round.set(key, reading);
  }
  return reading;
}

async function readFile(path: string, observed: Observed): Promise<unknown> {
  if (!observed.files) {
    return null;
  }
  try {
    const { content } = await observed.files.read(path);
    const text = new TextDecoder().decode(content);
    return { text, documents: /\.(ya?ml|json)$/.test(path) ? documentsOf(text) : [] };
  } catch (error) {
    if (isDocksideError(error, 'FILE_NOT_FOUND')) {
      return null;
    }
    throw error;
  }
}

/** The file's documents; none where it does not parse. */
function documentsOf(text: string): unknown {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.some((document) => document.errors.length > 0)) {
    return [];
  }
  return toCel(documents.map((document) => document.toJS({ maxAliasCount: 20 }) as unknown));
}
