// What the thread of an embedded AWS endpoint hands over.

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface EndpointAccess {
  /** For clients on the machine's loopback. */
  url: string;
  region: string;
  credentials: Keys;
  /** Keys for reading the state, which the learner's policies do not concern. */
  observer: Keys;
  /** PEM of the authority that the endpoint's certificates are signed by. */
  authority: string;
}
