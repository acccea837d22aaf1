// The commands of Redis over one database: strings, hashes, lists, sets, sorted sets, and expiry.
import { matchesGlob } from '../glob.ts';
import { WrongType, type Database } from './database.ts';
import { array, bulk, failure, integer, NIL, OK, type Reply } from './resp.ts';

export interface CommandContext {
  database: Database;
  now(): number;
}

type Handler = (context: CommandContext, args: readonly string[]) => Reply;

/** How many arguments a command takes: `exact`, or at least `-least`, as Redis counts them, without the name. */
interface Command {
  least: number;
  most: number;
  run: Handler;
}

const SYNTAX = failure('ERR syntax error');
const NOT_INTEGER = failure('ERR value is not an integer or out of range');

function command(least: number, most: number, run: Handler): Command {
  return { least, most, run };
}

const exact = (count: number, run: Handler): Command => command(count, count, run);
const atLeast = (count: number, run: Handler): Command => command(count, Infinity, run);

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function incrementBy(context: CommandContext, key: string, amount: number | undefined): Reply {
  const before = wholeNumber(context.database.find(key, 'string')?.text ?? '0');
  if (before === undefined || amount === undefined || !Number.isSafeInteger(before + amount)) {
    return NOT_INTEGER;
  }
  context.database.set(key, { type: 'string', text: String(before + amount) }, context.database.expiryOf(key));
  return integer(before + amount);
}

function setString(context: CommandContext, [key = '', text = '', ...options]: readonly string[]): Reply {
  const { database } = context;
  const before = database.get(key);
  let expiresAt: number | undefined;
  let returnsOld = false;
  for (let at = 0; at < options.length; at += 1) {
    const option = (options[at] ?? '').toUpperCase();
    switch (option) {
      case 'NX':
      case 'XX':
        if ((option === 'NX') === (before !== undefined)) {
          return returnsOld || options.some((word) => word.toUpperCase() === 'GET')
            ? bulk(before?.type === 'string' ? before.text : null)
            : NIL;
        }
        break;
      case 'KEEPTTL':
        expiresAt = database.expiryOf(key);
        break;
      case 'GET':
        returnsOld = true;
        break;
      case 'EX':
      case 'PX':
      case 'EXAT':
      case 'PXAT': {
        const amount = wholeNumber(options[(at += 1)]);
        if (amount === undefined) {
          return NOT_INTEGER;
        }
        if (amount <= 0) {
          return failure("ERR invalid expire time in 'set' command");
        }
        const milliseconds = option.startsWith('P') ? amount : amount * 1000;
        expiresAt = option.endsWith('AT') ? milliseconds : context.now() + milliseconds;
        break;
      }
      default:
        return SYNTAX;
    }
  }
  const old = returnsOld ? bulk(database.find(key, 'string')?.text) : OK;
  database.set(key, { type: 'string', text }, expiresAt);
  return old;
}

function expire(context: CommandContext, key: string, amount: string | undefined, factor: number, absolute = false): Reply {
  const value = wholeNumber(amount);
  if (value === undefined) {
    return NOT_INTEGER;
  }
  const at = absolute ? value * factor : context.now() + value * factor;
  return integer(Number(at <= context.now() ? context.database.delete(key) : context.database.expire(key, at)));
}

function timeToLive(context: CommandContext, key: string, unit: number): Reply {
  if (context.database.get(key) === undefined) {
    return integer(-2);
  }
  const at = context.database.expiryOf(key);
  return integer(at === undefined ? -1 : Math.round((at - context.now()) / unit));
}

function range(length: number, start: number, stop: number): [number, number] {
  const from = start < 0 ? Math.max(0, length + start) : start;
  return [from, (stop < 0 ? length + stop : Math.min(stop, length - 1)) + 1];
}

function pop(context: CommandContext, args: readonly string[], side: 'left' | 'right'): Reply {
  const [key = '', count] = args;
  const list = context.database.find(key, 'list');
  if (!list) {
    return count === undefined ? NIL : { kind: 'array', items: null };
  }
  const amount = count === undefined ? 1 : (wholeNumber(count) ?? 0);
  const items = side === 'left' ? list.items.splice(0, amount) : list.items.splice(Math.max(0, list.items.length - amount)).reverse();
  context.database.changes += 1;
  context.database.prune(key);
  return count === undefined ? bulk(items[0]) : array(items);
}

function push(context: CommandContext, [key = '', ...values]: readonly string[], side: 'left' | 'right', onlyExisting = false): Reply {
  if (onlyExisting && !context.database.find(key, 'list')) {
    return integer(0);
  }
  const list = context.database.open(key, { type: 'list', items: [] });
  if (side === 'left') {
    list.items.unshift(...[...values].reverse());
  } else {
    list.items.push(...values);
  }
  return integer(list.items.length);
}

function ranked(scores: ReadonlyMap<string, number>): [string, number][] {
  return [...scores].sort(([left, one], [right, other]) => one - other || (left < right ? -1 : 1));
}

function zrange(context: CommandContext, args: readonly string[], reverse: boolean): Reply {
  const [key = '', start, stop, ...options] = args;
  const scores = context.database.find(key, 'zset')?.scores ?? new Map<string, number>();
  const flags = options.map((option) => option.toUpperCase());
  const members = ranked(scores);
  if (reverse || flags.includes('REV')) {
    members.reverse();
  }
  const [from, to] = range(members.length, wholeNumber(start) ?? 0, wholeNumber(stop) ?? -1);
  return array(members.slice(from, to).flatMap(([member, score]) => (flags.includes('WITHSCORES') ? [member, String(score)] : [member])));
}

function scan(context: CommandContext, args: readonly string[], names: readonly string[]): Reply {
  const at = args.findIndex((arg) => arg.toUpperCase() === 'MATCH');
  const pattern = at < 0 ? '*' : (args[at + 1] ?? '*');
  return array(['0', array(names.filter((name) => matchesGlob(pattern, name, { pathname: false })))]);
}

const COMMANDS: Readonly<Record<string, Command>> = {
  APPEND: exact(2, (context, [key = '', text = '']) => {
    const value = context.database.open(key, { type: 'string', text: '' });
    value.text += text;
    return integer(value.text.length);
  }),
  DBSIZE: exact(0, ({ database }) => integer(database.size)),
  DECR: exact(1, (context, [key = '']) => incrementBy(context, key, -1)),
  DECRBY: exact(2, (context, [key = '', amount]) =>
    incrementBy(context, key, wholeNumber(amount) === undefined ? undefined : -(wholeNumber(amount) ?? 0)),
  ),
  DEL: atLeast(1, ({ database }, keys) => integer(keys.filter((key) => database.delete(key)).length)),
  EXISTS: atLeast(1, ({ database }, keys) => integer(keys.filter((key) => database.get(key) !== undefined).length)),
  EXPIRE: atLeast(2, (context, [key = '', amount]) => expire(context, key, amount, 1000)),
  EXPIREAT: atLeast(2, (context, [key = '', amount]) => expire(context, key, amount, 1000, true)),
  FLUSHALL: command(0, 1, ({ database }) => (database.clear(), OK)),
  FLUSHDB: command(0, 1, ({ database }) => (database.clear(), OK)),
  GET: exact(1, ({ database }, [key = '']) => bulk(database.find(key, 'string')?.text)),
  GETDEL: exact(1, ({ database }, [key = '']) => {
    const value = database.find(key, 'string');
    database.delete(key);
    return bulk(value?.text);
  }),
  GETSET: exact(2, (context, [key = '', text = '']) => setString(context, [key, text, 'GET'])),
  HDEL: atLeast(2, ({ database }, [key = '', ...fields]) => {
    const hash = database.find(key, 'hash');
    const count = fields.filter((field) => hash?.fields.delete(field)).length;
    database.changes += count;
    database.prune(key);
    return integer(count);
  }),
  HEXISTS: exact(2, ({ database }, [key = '', field = '']) => integer(Number(database.find(key, 'hash')?.fields.has(field) ?? false))),
  HGET: exact(2, ({ database }, [key = '', field = '']) => bulk(database.find(key, 'hash')?.fields.get(field))),
  HGETALL: exact(1, ({ database }, [key = '']) => array([...(database.find(key, 'hash')?.fields ?? [])].flat())),
  HINCRBY: exact(3, ({ database }, [key = '', field = '', amount]) => {
    const hash = database.open(key, { type: 'hash', fields: new Map() });
    const before = wholeNumber(hash.fields.get(field) ?? '0');
    const by = wholeNumber(amount);
    if (before === undefined || by === undefined) {
      return failure('ERR hash value is not an integer');
    }
    hash.fields.set(field, String(before + by));
    return integer(before + by);
  }),
  HKEYS: exact(1, ({ database }, [key = '']) => array([...(database.find(key, 'hash')?.fields.keys() ?? [])])),
  HLEN: exact(1, ({ database }, [key = '']) => integer(database.find(key, 'hash')?.fields.size ?? 0)),
  HMGET: atLeast(2, ({ database }, [key = '', ...fields]) =>
    array(fields.map((field) => bulk(database.find(key, 'hash')?.fields.get(field)))),
  ),
  HSET: atLeast(3, ({ database }, [key = '', ...pairs]) => {
    if (pairs.length % 2 !== 0) {
      return failure("ERR wrong number of arguments for 'hset' command");
    }
    const hash = database.open(key, { type: 'hash', fields: new Map() });
    const before = hash.fields.size;
    for (let at = 0; at < pairs.length; at += 2) {
      hash.fields.set(pairs[at] ?? '', pairs[at + 1] ?? '');
    }
    return integer(hash.fields.size - before);
  }),
  HVALS: exact(1, ({ database }, [key = '']) => array([...(database.find(key, 'hash')?.fields.values() ?? [])])),
  INCR: exact(1, (context, [key = '']) => incrementBy(context, key, 1)),
  INCRBY: exact(2, (context, [key = '', amount]) => incrementBy(context, key, wholeNumber(amount))),
  INCRBYFLOAT: exact(2, ({ database }, [key = '', amount]) => {
    const sum = Number(database.find(key, 'string')?.text ?? 0) + Number(amount);
    if (Number.isNaN(sum)) {
      return failure('ERR value is not a valid float');
    }
    database.set(key, { type: 'string', text: String(sum) });
    return bulk(String(sum));
  }),
  KEYS: exact(1, ({ database }, [pattern = '*']) => array(database.keys().filter((key) => matchesGlob(pattern, key, { pathname: false })))),
  LINDEX: exact(2, ({ database }, [key = '', index]) => bulk(database.find(key, 'list')?.items.at(wholeNumber(index) ?? 0))),
  LLEN: exact(1, ({ database }, [key = '']) => integer(database.find(key, 'list')?.items.length ?? 0)),
  LPOP: command(1, 2, (context, args) => pop(context, args, 'left')),
  LPUSH: atLeast(2, (context, args) => push(context, args, 'left')),
  LPUSHX: atLeast(2, (context, args) => push(context, args, 'left', true)),
  LRANGE: exact(3, ({ database }, [key = '', start, stop]) => {
    const items = database.find(key, 'list')?.items ?? [];
    return array(items.slice(...range(items.length, wholeNumber(start) ?? 0, wholeNumber(stop) ?? -1)));
  }),
  MGET: atLeast(1, ({ database }, keys) =>
    array(
      keys.map((key) => {
        const value = database.get(key);
        return bulk(value?.type === 'string' ? value.text : null);
      }),
    ),
  ),
  MSET: atLeast(2, ({ database }, pairs) => {
    if (pairs.length % 2 !== 0) {
      return failure("ERR wrong number of arguments for 'mset' command");
    }
    for (let at = 0; at < pairs.length; at += 2) {
      database.set(pairs[at] ?? '', { type: 'string', text: pairs[at + 1] ?? '' });
    }
    return OK;
  }),
  PERSIST: exact(1, ({ database }, [key = '']) => integer(Number(database.expiryOf(key) !== undefined && database.expire(key, undefined)))),
  PEXPIRE: atLeast(2, (context, [key = '', amount]) => expire(context, key, amount, 1)),
  PTTL: exact(1, (context, [key = '']) => timeToLive(context, key, 1)),
  RENAME: exact(2, ({ database }, [from = '', to = '']) => {
    const value = database.get(from);
    if (!value) {
      return failure('ERR no such key');
    }
    const expiresAt = database.expiryOf(from);
    database.delete(from);
    database.set(to, value, expiresAt);
    return OK;
  }),
  RPOP: command(1, 2, (context, args) => pop(context, args, 'right')),
  RPUSH: atLeast(2, (context, args) => push(context, args, 'right')),
  RPUSHX: atLeast(2, (context, args) => push(context, args, 'right', true)),
  SADD: atLeast(2, ({ database }, [key = '', ...members]) => {
    const set = database.open(key, { type: 'set', members: new Set() });
    const before = set.members.size;
    members.forEach((member) => set.members.add(member));
    return integer(set.members.size - before);
  }),
  SCAN: atLeast(1, (context, args) => scan(context, args, context.database.keys())),
  SCARD: exact(1, ({ database }, [key = '']) => integer(database.find(key, 'set')?.members.size ?? 0)),
  SET: atLeast(2, setString),
  SETEX: exact(3, (context, [key = '', seconds = '', text = '']) => setString(context, [key, text, 'EX', seconds])),
  SETNX: exact(2, (context, [key = '', text = '']) => integer(Number(setString(context, [key, text, 'NX']).kind === 'simple'))),
  SISMEMBER: exact(2, ({ database }, [key = '', member = '']) => integer(Number(database.find(key, 'set')?.members.has(member) ?? false))),
  SMEMBERS: exact(1, ({ database }, [key = '']) => array([...(database.find(key, 'set')?.members ?? [])])),
  SREM: atLeast(2, ({ database }, [key = '', ...members]) => {
    const set = database.find(key, 'set');
    const count = members.filter((member) => set?.members.delete(member)).length;
    database.changes += count;
    database.prune(key);
    return integer(count);
  }),
  STRLEN: exact(1, ({ database }, [key = '']) => integer(database.find(key, 'string')?.text.length ?? 0)),
  TTL: exact(1, (context, [key = '']) => timeToLive(context, key, 1000)),
  TYPE: exact(1, ({ database }, [key = '']) => ({ kind: 'simple', text: database.get(key)?.type ?? 'none' })),
  UNLINK: atLeast(1, ({ database }, keys) => integer(keys.filter((key) => database.delete(key)).length)),
  ZADD: atLeast(3, ({ database }, [key = '', ...pairs]) => {
    const set = database.open(key, { type: 'zset', scores: new Map() });
    const before = set.scores.size;
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const score = Number(pairs[at]);
      if (Number.isNaN(score)) {
        return failure('ERR value is not a valid float');
      }
      set.scores.set(pairs[at + 1] ?? '', score);
    }
    return integer(set.scores.size - before);
  }),
  ZCARD: exact(1, ({ database }, [key = '']) => integer(database.find(key, 'zset')?.scores.size ?? 0)),
  ZINCRBY: exact(3, ({ database }, [key = '', amount, member = '']) => {
    const set = database.open(key, { type: 'zset', scores: new Map() });
    const score = (set.scores.get(member) ?? 0) + Number(amount);
    set.scores.set(member, score);
    return bulk(String(score));
  }),
  ZRANGE: atLeast(3, (context, args) => zrange(context, args, false)),
  ZREM: atLeast(2, ({ database }, [key = '', ...members]) => {
    const set = database.find(key, 'zset');
    const count = members.filter((member) => set?.scores.delete(member)).length;
    database.changes += count;
    database.prune(key);
    return integer(count);
  }),
  ZREVRANGE: atLeast(3, (context, args) => zrange(context, args, true)),
  ZSCORE: exact(2, ({ database }, [key = '', member = '']) => {
    const score = database.find(key, 'zset')?.scores.get(member);
    return bulk(score === undefined ? null : String(score));
  }),
};

/** Runs a command on the data; undefined when it is no command of this kind. */
export function runDataCommand(context: CommandContext, name: string, args: readonly string[]): Reply | undefined {
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!found) {
    return undefined;
  }
  if (args.length < found.least || args.length > found.most) {
    return failure(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
  }
  try {
    return found.run(context, args);
  } catch (error) {
    if (error instanceof WrongType) {
      return failure(`WRONGTYPE ${error.message}`);
    }
    throw error;
  }
}

export function dataCommandNames(): readonly string[] {
  return Object.keys(COMMANDS);
}
