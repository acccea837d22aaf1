// redis-server: connections, transactions, subscriptions, passwords, and the snapshot that survives a restart.
import type { Duplex } from 'node:stream';
import { dateAt } from '../../files/file-times.ts';
import { resolvePath } from '../../files/paths.ts';
import { isNetworkError } from '../../network/network-error.ts';
import type { Process } from '../../processes/process.ts';
import { matchesGlob } from '../glob.ts';
import { runUntilSignal } from '../http/app.ts';
import { Database } from './database.ts';
import { dataCommandNames, runDataCommand } from './commands.ts';
import { array, bulk, encode, failure, integer, NIL, OK, ProtocolError, RespReader, type Reply } from './resp.ts';

const DATABASES = 16;
/** Real dumps begin so; what follows is our own. */
const DUMP_MAGIC = 'REDIS0011\n';
const COMMAND_CPU_MS = 0.02;

interface Session {
  connection: Duplex;
  id: number;
  database: number;
  authenticated: boolean;
  name: string;
  queued: string[][] | undefined;
  channels: Set<string>;
}

export async function redisServer(process: Process): Promise<number> {
  const settings = await settingsOf(process);
  if (typeof settings === 'string') {
    await process.print(`\n*** FATAL CONFIG FILE ERROR (Redis ${versionOf(process)}) ***\n${settings}\n`);
    return 1;
  }
  if (process.argv.includes('--version') || process.argv.includes('-v')) {
    await process.print(`Redis server v=${versionOf(process)} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0\n`);
    return 0;
  }
  return new RedisServer(process, settings).run();
}

function versionOf(process: Process): string {
  return process.env.get('REDIS_VERSION') ?? '7.4.1';
}

/** Settings from a file and from `--name value` on the command line; the message when one is wrong. */
async function settingsOf(process: Process): Promise<Map<string, string> | string> {
  const settings = new Map([
    ['port', '6379'],
    ['dir', '/data'],
    ['dbfilename', 'dump.rdb'],
    ['appendonly', 'no'],
    ['requirepass', ''],
    ['maxmemory', '0'],
    ['maxmemory-policy', 'noeviction'],
    ['save', '3600 1 300 100 60 10000'],
  ]);
  const args = process.argv.slice(1);
  const file = args[0]?.startsWith('--') ? undefined : args.shift();
  if (file !== undefined) {
    const text = await process.machine.files.readFile(resolvePath(process.cwd, file)).catch(() => undefined);
    if (text === undefined) {
      return `>>> '${file}'\nCan't open the config file '${file}': No such file or directory`;
    }
    for (const line of text.split('\n').map((raw) => raw.trim())) {
      if (line !== '' && !line.startsWith('#')) {
        settings.set(
          (line.split(/\s+/)[0] ?? '').toLowerCase(),
          line
            .split(/\s+/)
            .slice(1)
            .join(' ')
            .replace(/^"(.*)"$/, '$1'),
        );
      }
    }
  }
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    if (word.startsWith('--')) {
      const values: string[] = [];
      while (args[at + 1] !== undefined && !(args[at + 1] as string).startsWith('--')) {
        values.push(args[(at += 1)] as string);
      }
      settings.set(word.slice(2).toLowerCase(), values.join(' '));
    }
  }
  return settings;
}

class RedisServer {
  readonly #process: Process;
  readonly #settings: Map<string, string>;
  readonly #databases: Database[];
  readonly #sessions = new Set<Session>();
  #nextId = 3;
  #shutdown: (code: number) => void = () => undefined;
  #commands = 0;

  constructor(process: Process, settings: Map<string, string>) {
    this.#process = process;
    this.#settings = settings;
    this.#databases = Array.from({ length: DATABASES }, () => new Database(() => process.machine.clock.now()));
  }

  async run(): Promise<number> {
    const process = this.#process;
    const port = Number(this.#settings.get('port'));
    process.holdMemory(4 * 1024 * 1024);
    await this.#log('C', '*', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
    await this.#log(
      'C',
      '*',
      `Redis version=${versionOf(process)}, bits=64, commit=00000000, modified=0, pid=${process.pid}, just started`,
    );
    if (process.argv.length < 2) {
      await this.#log(
        'C',
        '#',
        'Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf',
      );
    }
    await this.#log('M', '*', 'monotonic clock: POSIX clock_gettime');
    await this.#log('M', '*', `Running mode=standalone, port=${port}.`);
    await this.#load();
    let listener: Disposable;
    try {
      listener = process.machine.endpoint.listen(port, (connection) => this.#accept(connection));
    } catch (error) {
      if (!isNetworkError(error)) {
        throw error;
      }
      await this.#log('M', '#', `Warning: Could not create server TCP listening socket *:${port}: bind: Address already in use`);
      await this.#log('M', '#', 'Failed listening on port 6379 (tcp), aborting.');
      return 1;
    }
    await this.#log('M', '*', 'Server initialized');
    await this.#log('M', '*', 'Ready to accept connections tcp');
    const asked = new Promise<number>((resolve) => {
      this.#shutdown = resolve;
    });
    const signalled = runUntilSignal(process, 0, async () => {
      await this.#log('M', '*', 'User requested shutdown...');
      if (this.#settings.get('save') !== '') {
        await this.#log('M', '*', 'Saving the final RDB snapshot before exiting.');
        await this.#save();
        await this.#log('M', '*', 'DB saved on disk');
      }
      await this.#log('M', '#', 'Redis is now ready to exit, bye bye...');
    });
    try {
      return await Promise.race([asked, signalled]);
    } finally {
      listener[Symbol.dispose]();
      this.#sessions.forEach((session) => session.connection.destroy());
    }
  }

  #accept(connection: Duplex): void {
    const session: Session = {
      connection,
      id: this.#nextId,
      database: 0,
      authenticated: this.#settings.get('requirepass') === '',
      name: '',
      queued: undefined,
      channels: new Set(),
    };
    this.#nextId += 1;
    this.#sessions.add(session);
    connection.once('close', () => this.#sessions.delete(session));
    void this.#converse(session);
  }

  async #converse(session: Session): Promise<void> {
    const reader = new RespReader();
    try {
      // Leaving the loop must not cut off what was written last.
      for await (const chunk of session.connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        reader.push(chunk.toString('latin1'));
        for (let words = reader.nextCommand(); words; words = reader.nextCommand()) {
          const reply = await this.#run(session, words);
          if (reply) {
            session.connection.write(Buffer.from(encode(reply), 'latin1'));
          }
          if (words[0]?.toUpperCase() === 'QUIT') {
            session.connection.end();
            return;
          }
        }
      }
      session.connection.end();
    } catch (error) {
      if (error instanceof ProtocolError) {
        session.connection.end(encode(failure(`ERR Protocol error: ${error.message}`)));
      } else {
        session.connection.destroy();
      }
    }
  }

  async #run(session: Session, words: readonly string[]): Promise<Reply | undefined> {
    const name = (words[0] ?? '').toUpperCase();
    const args = words.slice(1);
    this.#commands += 1;
    this.#process.cpuMs += COMMAND_CPU_MS;
    this.#process.machine.cpu.charge(COMMAND_CPU_MS);
    if (!session.authenticated && !['AUTH', 'HELLO', 'QUIT'].includes(name)) {
      return failure('NOAUTH Authentication required.');
    }
    if (session.queued && !['EXEC', 'DISCARD', 'MULTI', 'QUIT'].includes(name)) {
      session.queued.push([...words]);
      return { kind: 'simple', text: 'QUEUED' };
    }
    return this.#execute(session, name, args);
  }

  async #execute(session: Session, name: string, args: readonly string[]): Promise<Reply | undefined> {
    const database = this.#databases[session.database] as Database;
    const before = database.changes;
    const reply = runDataCommand({ database, now: () => this.#process.machine.clock.now() }, name, args);
    if (reply) {
      if (database.changes > before && this.#settings.get('appendonly') === 'yes') {
        await this.#save();
      }
      this.#process.holdMemory(4 * 1024 * 1024 + this.#databases.reduce((sum, each) => sum + each.changes * 64, 0));
      return reply;
    }
    return this.#executeServer(session, name, args);
  }

  async #executeServer(session: Session, name: string, args: readonly string[]): Promise<Reply | undefined> {
    switch (name) {
      case 'PING':
        return args[0] === undefined ? { kind: 'simple', text: 'PONG' } : bulk(args[0]);
      case 'ECHO':
        return bulk(args[0] ?? '');
      case 'QUIT':
        return OK;
      case 'AUTH':
      case 'HELLO':
        return this.#authenticate(session, name, args);
      case 'SELECT': {
        const index = Number(args[0]);
        if (!Number.isInteger(index) || index < 0 || index >= DATABASES) {
          return failure('ERR DB index is out of range');
        }
        session.database = index;
        return OK;
      }
      case 'MULTI':
        session.queued = [];
        return OK;
      case 'DISCARD':
        session.queued = undefined;
        return OK;
      case 'EXEC': {
        if (!session.queued) {
          return failure('ERR EXEC without MULTI');
        }
        const queued = session.queued;
        session.queued = undefined;
        const replies: Reply[] = [];
        for (const words of queued) {
          replies.push((await this.#execute(session, (words[0] ?? '').toUpperCase(), words.slice(1))) ?? NIL);
        }
        return array(replies);
      }
      case 'SUBSCRIBE':
        for (const channel of args) {
          session.channels.add(channel);
          session.connection.write(Buffer.from(encode(array(['subscribe', channel, integer(session.channels.size)])), 'latin1'));
        }
        return undefined;
      case 'UNSUBSCRIBE':
        session.channels.clear();
        return array(['unsubscribe', NIL, integer(0)]);
      case 'PUBLISH': {
        const [channel = '', message = ''] = args;
        const listening = [...this.#sessions].filter((other) => other.channels.has(channel));
        listening.forEach((other) => other.connection.write(Buffer.from(encode(array(['message', channel, message])), 'latin1')));
        return integer(listening.length);
      }
      case 'INFO':
        return bulk(this.#info());
      case 'CONFIG':
        return this.#config(args);
      case 'CLIENT':
        return this.#client(session, args);
      case 'COMMAND':
        return (args[0] ?? '').toUpperCase() === 'COUNT' ? integer(dataCommandNames().length) : array([]);
      case 'TIME': {
        const now = this.#process.machine.clock.now();
        return array([String(Math.floor(now / 1000)), String((now % 1000) * 1000)]);
      }
      case 'ROLE':
        return array(['master', integer(0), array([])]);
      case 'SAVE':
        await this.#save();
        return OK;
      case 'BGSAVE':
        await this.#save();
        return { kind: 'simple', text: 'Background saving started' };
      case 'LASTSAVE':
        return integer(Math.floor(this.#process.machine.clock.now() / 1000));
      case 'DEBUG':
        if ((args[0] ?? '').toUpperCase() === 'SLEEP') {
          await this.#process.sleep(Number(args[1]) * 1000);
        }
        return OK;
      case 'SHUTDOWN':
        if ((args[0] ?? '').toUpperCase() !== 'NOSAVE') {
          await this.#save();
        }
        this.#shutdown(0);
        return undefined;
      default:
        return failure(`ERR unknown command '${name.toLowerCase()}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`);
    }
  }

  #authenticate(session: Session, name: string, args: readonly string[]): Reply {
    const password = this.#settings.get('requirepass') ?? '';
    const given = name === 'AUTH' ? args.at(-1) : args[args.findIndex((arg) => arg.toUpperCase() === 'AUTH') + 2];
    if (name === 'HELLO' && !args.some((arg) => arg.toUpperCase() === 'AUTH')) {
      if (args[0] !== undefined && args[0] !== '2') {
        return failure('NOPROTO unsupported protocol version');
      }
      return session.authenticated
        ? array([
            'server',
            'redis',
            'version',
            versionOf(this.#process),
            'proto',
            integer(2),
            'id',
            integer(session.id),
            'mode',
            'standalone',
            'role',
            'master',
            'modules',
            array([]),
          ])
        : failure(
            'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
          );
    }
    if (password === '') {
      return failure(
        'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      );
    }
    if (given !== password) {
      return failure('WRONGPASS invalid username-password pair or user is disabled.');
    }
    session.authenticated = true;
    return OK;
  }

  #config(args: readonly string[]): Reply {
    const [action = '', ...rest] = args;
    switch (action.toUpperCase()) {
      case 'GET': {
        const wanted = [...this.#settings].filter(([name]) =>
          rest.some((pattern) => matchesGlob(pattern.toLowerCase(), name, { pathname: false })),
        );
        return array(wanted.flat());
      }
      case 'SET':
        for (let at = 0; at + 1 < rest.length; at += 2) {
          this.#settings.set((rest[at] ?? '').toLowerCase(), rest[at + 1] ?? '');
        }
        return OK;
      default:
        return OK;
    }
  }

  #client(session: Session, args: readonly string[]): Reply {
    const describe = (each: Session): string => `id=${each.id} addr=0.0.0.0:0 name=${each.name} db=${each.database} cmd=client`;
    switch ((args[0] ?? '').toUpperCase()) {
      case 'ID':
        return integer(session.id);
      case 'GETNAME':
        return bulk(session.name);
      case 'SETNAME':
        session.name = args[1] ?? '';
        return OK;
      case 'INFO':
        return bulk(`${describe(session)}\n`);
      case 'LIST':
        return bulk(`${[...this.#sessions].map(describe).join('\n')}\n`);
      default:
        return OK;
    }
  }

  #info(): string {
    const { machine, startedAt, pid } = this.#process;
    const used = machine.memory.heldBy(this.#process);
    const keys = this.#databases
      .map((database, index) => (database.size > 0 ? `db${index}:keys=${database.size},expires=0,avg_ttl=0` : undefined))
      .filter((line) => line !== undefined);
    return [
      '# Server',
      `redis_version:${versionOf(this.#process)}`,
      'redis_mode:standalone',
      `process_id:${pid}`,
      `tcp_port:${this.#settings.get('port') ?? ''}`,
      `uptime_in_seconds:${Math.floor((machine.clock.now() - startedAt) / 1000)}`,
      '',
      '# Clients',
      `connected_clients:${this.#sessions.size}`,
      '',
      '# Memory',
      `used_memory:${used}`,
      `used_memory_human:${(used / 1024 / 1024).toFixed(2)}M`,
      `maxmemory:${this.#settings.get('maxmemory') ?? '0'}`,
      '',
      '# Stats',
      `total_commands_processed:${this.#commands}`,
      '',
      '# Replication',
      'role:master',
      'connected_slaves:0',
      '',
      '# Keyspace',
      ...keys,
      '',
    ].join('\r\n');
  }

  #dumpPath(): string {
    return resolvePath(this.#settings.get('dir') ?? '/data', this.#settings.get('dbfilename') ?? 'dump.rdb');
  }

  async #save(): Promise<void> {
    const text = DUMP_MAGIC + JSON.stringify(this.#databases.map((database) => database.dump()));
    await this.#process.machine.files
      .writeFile(this.#dumpPath(), Buffer.from(text, 'latin1'))
      .catch(() => this.#log('M', '#', 'Failed opening the temp RDB file for saving: Read-only file system'));
  }

  async #load(): Promise<void> {
    const text = await this.#process.machine.files.readFile(this.#dumpPath(), 'latin1').catch(() => undefined);
    if (text === undefined || !text.startsWith(DUMP_MAGIC)) {
      return;
    }
    const dumps = JSON.parse(text.slice(DUMP_MAGIC.length)) as unknown[];
    dumps.forEach((dump, index) => this.#databases[index]?.load(dump));
    const keys = this.#databases.reduce((sum, database) => sum + database.size, 0);
    await this.#log('M', '*', `Done loading RDB, keys loaded: ${keys}, keys expired: 0.`);
    await this.#log('M', '*', 'DB loaded from disk: 0.000 seconds');
  }

  async #log(role: 'C' | 'M', level: '*' | '#', message: string): Promise<void> {
    const [, day, month, year] = /^\w+, (\d+) (\w+) (\d+)/.exec(dateAt(this.#process.machine.clock.now()).toUTCString()) ?? [];
    const time = dateAt(this.#process.machine.clock.now()).toISOString().slice(11, 23);
    await this.#process.print(`${this.#process.pid}:${role} ${day} ${month} ${year} ${time} ${level} ${message}\n`);
  }
}
