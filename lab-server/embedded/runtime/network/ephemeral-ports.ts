// Source ports for outgoing connections, in the range Linux uses.
const FIRST = 32_768;
const LAST = 60_999;

export class EphemeralPorts {
  #next = FIRST;

  next(): number {
    const port = this.#next;
    this.#next = port === LAST ? FIRST : port + 1;
    return port;
  }
}
