// Answers the workspace's questions for host names: those of its sandboxes, wildcards included, and nothing else. RFC 1035.
import { decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, type Answer, type Packet } from 'dns-packet';

/** Finds the address of a name; undefined where there is no such name. */
export type Lookup = (name: string) => Promise<string | undefined>;

/** Sandboxes' addresses come and go: programs ask again rather than remember. */
const TTL_SECONDS = 5;
const NAME_ERROR = 3; // RCODE "no such name"
const SERVER_FAILURE = 2;

/** The reply to a message; undefined when the message is not a question. */
export async function answer(message: Buffer, lookup: Lookup): Promise<Buffer | undefined> {
  const query = parse(message);
  const [question] = query?.questions ?? [];
  if (query?.type !== 'query' || query.questions?.length !== 1 || !question) {
    return undefined;
  }
  const name = question.name.toLowerCase();
  let answers: Answer[] = [];
  let code = 0;
  try {
    const address = await lookup(name);
    if (address === undefined) {
      code = NAME_ERROR;
    } else if (question.type === 'A') {
      // Of the other kinds (AAAA and the like) such a name has none, which is an answer without records.
      answers = [{ type: 'A', name: question.name, ttl: TTL_SECONDS, data: address }];
    }
  } catch {
    code = SERVER_FAILURE;
  }
  const flags = ((query.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE | code;
  return encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers });
}

/** A lookup in a table of names, in which a name may begin with `*.` for everything below it. */
export function lookupIn(hosts: Record<string, string>): (name: string) => string | undefined {
  const exact = new Map(Object.entries(hosts).map(([name, address]) => [name.toLowerCase(), address]));
  return (name) => {
    const found = exact.get(name);
    if (found !== undefined) {
      return found;
    }
    const labels = name.split('.');
    for (let above = 1; above < labels.length; above++) {
      const wildcard = exact.get(`*.${labels.slice(above).join('.')}`);
      if (wildcard !== undefined) {
        return wildcard;
      }
    }
    return undefined;
  };
}

function parse(message: Buffer): Packet | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
