// An AWS account's state as JSON, for checks and the topology view; the same code for the simulated and the real AWS, which differ in the endpoint alone.
import { type Clock, DocksideError, messageOf } from '../base/index.ts';
import { AwsClients, type AwsClientSettings } from './aws-clients.ts';
import { documentsOf, identityOf, listingFor, nextPage, READ_OPERATION, saysAbsent, type Listing } from './aws-documents.ts';
import type { PlatformState, StateChange, StateDocument, StateQuery } from './sandbox.ts';

type AwsQuery = Extract<StateQuery, { platform: 'ecs' }>;

/** Pages of one answer that are read; checks look at small accounts. */
const MAX_PAGES = 20;
/** Changes come in bursts (a service makes a dozen records): one look after this pause sees them all. */
const QUIET_MS = 20;
/** Parts of the state that change all the time and concern only questions about themselves. */
const NOISY = new Set(['logs', 'monitoring', 'cloudwatch', 'xray']);

/** Tells that something has changed; `topics` are the services concerned. There is none for the real AWS. */
export type OnChanged = (listener: (topics: readonly string[]) => void) => Disposable;

export class AwsState implements PlatformState, Disposable {
  readonly #clients: AwsClients;
  readonly #onChanged: OnChanged;
  readonly #clock: Clock;

  constructor(settings: AwsClientSettings, onChanged: OnChanged, clock: Clock) {
    this.#clients = new AwsClients(settings);
    this.#onChanged = onChanged;
    this.#clock = clock;
  }

  async read(query: StateQuery, signal: AbortSignal): Promise<StateDocument[]> {
    const { service, operation, input = {} } = awsOnly(query);
    if (!READ_OPERATION.test(operation)) {
      throw new DocksideError('SANDBOX_STATE_UNREADABLE', `${operation} is not an operation that reads (Describe…, List…, Get…).`);
    }
    try {
      const listing = listingFor(service, operation, input);
      return listing
        ? await this.#readListed(service, operation, input, listing, signal)
        : await this.#pages(service, operation, input, signal);
    } catch (error) {
      if (saysAbsent(error)) {
        return [];
      }
      if (signal.aborted || error instanceof DocksideError) {
        throw error;
      }
      throw new DocksideError('SANDBOX_STATE_UNREADABLE', `${service} did not answer ${operation}: ${messageOf(error)}`, {
        status: 502,
        cause: error,
      });
    }
  }

  async *changes(query: StateQuery, signal: AbortSignal): AsyncGenerator<StateChange, void, undefined> {
    const { service } = awsOnly(query);
    let known = new Map<string, { text: string; document: StateDocument }>();
    // Set while something has changed that was not looked at yet.
    let pending = Promise.withResolvers<void>();
    using _subscription = this.#onChanged((topics) => {
      if (topics.some((topic) => topic === service || !NOISY.has(topic))) {
        pending.resolve();
      }
    });
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      pending = Promise.withResolvers<void>();
      const found = await this.#identified(query, signal);
      if (found) {
        yield* differences(known, found);
        known = found;
      }
      await Promise.race([pending.promise, aborted]);
      await this.#clock.sleep(QUIET_MS, signal).catch(() => undefined);
    }
  }

  [Symbol.dispose](): void {
    this.#clients[Symbol.dispose]();
  }

  /** Undefined when the state cannot be read at this moment; the next change looks again. */
  async #identified(query: StateQuery, signal: AbortSignal): Promise<Map<string, { text: string; document: StateDocument }> | undefined> {
    try {
      const documents = await this.read(query, signal);
      return new Map(documents.map((document) => [identityOf(document), { text: JSON.stringify(document), document }]));
    } catch (error) {
      if (signal.aborted || isTransient(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async #readListed(
    service: string,
    operation: string,
    input: Record<string, unknown>,
    listing: Listing,
    signal: AbortSignal,
  ): Promise<StateDocument[]> {
    const passed = Object.fromEntries(Object.entries(input).filter(([name]) => listing.pass.includes(name)));
    const lists = await Promise.all(listing.inputs.map((more) => this.#pages(service, listing.list, { ...passed, ...more }, signal)));
    const ids = lists.flat().flatMap((document) => document[listing.id] ?? []);
    const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !listing.pass.includes(name) || name === 'cluster'));
    const groups = inGroups(ids, listing.atOnce);
    const answers = await Promise.all(
      groups.map(async (group) => {
        const documents = await this.#pages(service, operation, { ...rest, [listing.into]: group }, signal).catch((error: unknown) => {
          // It may have gone between the two questions.
          if (saysAbsent(error)) {
            return [];
          }
          throw error;
        });
        return listing.atOnce === 'one' && service !== 'ecs'
          ? documents.map((document) => ({ [listing.into]: group, ...document }))
          : documents;
      }),
    );
    return answers.flat();
  }

  async #pages(service: string, operation: string, input: Record<string, unknown>, signal: AbortSignal): Promise<StateDocument[]> {
    const documents: StateDocument[] = [];
    let page: Record<string, unknown> | undefined = input;
    for (let count = 0; page !== undefined && count < MAX_PAGES; count += 1) {
      const answer: Record<string, unknown> = await this.#clients.send(service, operation, page, signal);
      documents.push(...documentsOf(answer));
      page = nextPage(page, answer);
    }
    return documents;
  }
}

function awsOnly(query: StateQuery): AwsQuery {
  if (query.platform !== 'ecs') {
    throw new DocksideError('SANDBOX_WRONG_PLATFORM', `An ECS sandbox was asked for ${query.platform} state.`);
  }
  return query;
}

function inGroups(ids: readonly unknown[], atOnce: Listing['atOnce']): unknown[] {
  if (atOnce === 'one') {
    return [...ids];
  }
  return Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, index) => ids.slice(index * atOnce, (index + 1) * atOnce));
}

/** The connection broke, or the service asked for patience: not the question's fault. */
function isTransient(error: unknown): boolean {
  const cause = error instanceof DocksideError ? error.cause : error;
  return cause instanceof Error && ('code' in cause || /Throttl|TimeoutError|InternalFailure|ServerException/.test(cause.name));
}

function* differences(
  before: ReadonlyMap<string, { text: string; document: StateDocument }>,
  now: ReadonlyMap<string, { text: string; document: StateDocument }>,
): Generator<StateChange> {
  for (const [identity, { text, document }] of now) {
    const known = before.get(identity);
    if (known?.text !== text) {
      yield { type: known ? 'MODIFIED' : 'ADDED', document };
    }
  }
  for (const [identity, { document }] of before) {
    if (!now.has(identity)) {
      yield { type: 'DELETED', document };
    }
  }
}
