// The places for running labs: how many there are, who makes room when they are short, and the queue of those who wait.
import { type Clock, DocksideError, messageOf } from '../base/index.ts';
import type { Lab } from './lab.ts';

export interface PlacesOptions {
  clock: Clock;
  /** Labs that may run at once, in all and per learner; suspended ones do not count. */
  max: number;
  maxPerLearner: number;
  labs(): Iterable<Lab>;
  /** Opens a lab that waited: it has a place now. */
  open(lab: Lab): void;
  onProblem(problem: string, error: unknown): void;
}

/** When places are short, a lab unused for this long makes room. */
const MAKES_ROOM_AFTER_MS = 5 * 60_000;
/** A lab may become idle a moment later than its last use said. */
const LEAST_WAIT_MS = 1000;

export class Places implements Disposable {
  readonly #options: PlacesOptions;
  readonly #queue: Lab[] = [];
  /** Labs that got a place and have not begun to open. */
  readonly #granted = new Set<Lab>();
  /** Places are given out one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #timer: Disposable | undefined;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /**
   * Whether the lab may open now. Makes room for it where it can: first the learner's own least used lab is suspended, then one that nobody
   * used for a while. Else the lab waits: it is opened when it is its turn. Throws `LABS_QUEUED` (429) for one who waits for too many.
   */
  take(lab: Lab): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#queue.includes(lab)) {
        return false;
      }
      const own = this.#running(lab).filter((other) => other.learnerId === lab.learnerId);
      if (own.length >= this.#options.maxPerLearner) {
        await own[0]?.suspend('Another of your labs opened; this one is kept as it is and goes on when you come back.');
      }
      if (this.#queue.length === 0 && (await this.#makeRoom(lab))) {
        this.#granted.add(lab);
        return true;
      }
      if (this.#queue.filter((waiting) => waiting.learnerId === lab.learnerId).length >= this.#options.maxPerLearner) {
        throw new DocksideError('LABS_QUEUED', 'You wait for other labs already. Close one of them first.', { status: 429 });
      }
      this.#queue.push(lab);
      this.#tellPositions();
      return false;
    });
  }

  /** The state of a lab changed: it may have left its place, or the queue. */
  changed(lab: Lab): void {
    this.#granted.delete(lab);
    const position = this.#queue.indexOf(lab);
    if (position !== -1 && lab.state !== 'queued') {
      this.#queue.splice(position, 1);
      this.#tellPositions();
    }
    if (this.#queue.length > 0 && lab.state !== 'queued' && lab.state !== 'ready') {
      this.#serve();
    }
  }

  [Symbol.dispose](): void {
    this.#queue.length = 0;
    this.#timer?.[Symbol.dispose]();
  }

  #serve(): void {
    this.#inTurn(async () => {
      for (let first = this.#queue[0]; first && (await this.#makeRoom(first)); first = this.#queue[0]) {
        this.#queue.shift();
        this.#granted.add(first);
        this.#options.open(first);
      }
      this.#tellPositions();
    }).catch((error: unknown) => this.#options.onProblem(`serve the queue (${messageOf(error)})`, error));
  }

  async #makeRoom(apart: Lab): Promise<boolean> {
    const running = this.#running(apart);
    if (running.length < this.#options.max) {
      return true;
    }
    const now = this.#options.clock.now();
    const idle = running.find((lab) => lab.state === 'ready' && now - lab.usedAt >= MAKES_ROOM_AFTER_MS);
    await idle?.suspend('The server needed the place; this lab is kept as it is and goes on when you come back.');
    return idle !== undefined;
  }

  /** The least used first. */
  #running(apart: Lab): Lab[] {
    return [...this.#options.labs()]
      .filter((lab) => lab !== apart && !this.#queue.includes(lab))
      .filter((lab) => lab.state === 'ready' || lab.state === 'opening' || this.#granted.has(lab))
      .toSorted((a, b) => a.usedAt - b.usedAt);
  }

  #tellPositions(): void {
    for (const [index, lab] of this.#queue.entries()) {
      lab.wait(
        `All ${this.#options.max} places on this server are in use. You are number ${index + 1} in the queue; the lab opens by itself. ` +
          'A place becomes free when somebody leaves, or does nothing for five minutes.',
      );
    }
    this.#lookAgain();
  }

  /** Nothing tells when a lab falls idle for the queue's purposes; its time of last use does. */
  #lookAgain(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const [first] = this.#queue;
    const leastUsed = first && this.#running(first).find((lab) => lab.state === 'ready');
    if (leastUsed) {
      const idleAt = leastUsed.usedAt + MAKES_ROOM_AFTER_MS;
      this.#timer = this.#options.clock.schedule(Math.max(LEAST_WAIT_MS, idleAt - this.#options.clock.now()), () => this.#serve());
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
