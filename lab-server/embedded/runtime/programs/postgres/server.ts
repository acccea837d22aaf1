// postgres, with the official image's entrypoint before it: first start, passwords, databases, and a journal that keeps the data.
import type { Duplex } from 'node:stream';
import { isNetworkError } from '../../network/network-error.ts';
import { dateAt } from '../../files/file-times.ts';
import { joinPath } from '../../files/paths.ts';
import type { Process } from '../../processes/process.ts';
import { runUntilSignal } from '../http/app.ts';
import { execSelf } from '../exec-self.ts';
import { isWrite, splitStatements, translate, type SqlError } from './dialect.ts';
import { Engine } from './engine.ts';
import { PostgresSession, type StatementResult } from './session.ts';

const MISSING_PASSWORD = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
`;

const JOURNAL = 'dockside-journal.sql';
const STATEMENT_CPU_MS = 0.4;
const EMPTY: StatementResult = { columns: [], rows: [], changes: 0 };

/** The entrypoint: prepares the data directory when the command is postgres, then becomes it. */
export async function postgresEntrypoint(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] !== undefined && !args[0].startsWith('-') && args[0] !== 'postgres') {
    return execSelf(process, args);
  }
  const server = new PostgresServer(process, args[0] === 'postgres' ? args.slice(1) : args);
  return (await server.prepare()) ? server.run() : 1;
}

/** The bare server, which wants a data directory that was prepared before. */
export async function postgres(process: Process): Promise<number> {
  if (process.argv.includes('--version') || process.argv.includes('-V')) {
    await process.print(`postgres (PostgreSQL) ${versionOf(process)} (Debian ${versionOf(process)}-1.pgdg13+1)\n`);
    return 0;
  }
  const server = new PostgresServer(process, process.argv.slice(1));
  if (!(await server.isPrepared())) {
    await process.complain(
      `postgres: could not access the server configuration file "${server.directory}/postgresql.conf": No such file or directory\n`,
    );
    return 2;
  }
  return server.run();
}

function versionOf(process: Process): string {
  return process.env.get('PG_VERSION')?.replace(/-.*$/, '') ?? '17.6';
}

class PostgresServer {
  readonly #process: Process;
  readonly directory: string;
  readonly #port: number;
  readonly #user: string;
  readonly #databases = new Set(['postgres', 'template1']);
  readonly #engine: Engine;
  #trusted = false;
  #password = '';

  constructor(process: Process, args: readonly string[]) {
    this.#process = process;
    this.directory = process.env.get('PGDATA') ?? '/var/lib/postgresql/data';
    const port = args.indexOf('-p');
    this.#port = Number(port >= 0 ? args[port + 1] : (process.env.get('PGPORT') ?? 5432));
    this.#user = process.env.get('POSTGRES_USER') ?? 'postgres';
    this.#engine = new Engine(process.machine.clock, () => this.#readJournal());
  }

  isPrepared(): Promise<boolean> {
    return this.#process.machine.files.exists(joinPath(this.directory, 'PG_VERSION'));
  }

  /** The first start: needs a password, makes the database, runs /docker-entrypoint-initdb.d. False when it cannot. */
  async prepare(): Promise<boolean> {
    const { env, machine } = this.#process;
    const { files } = machine;
    const password = await this.#secret('POSTGRES_PASSWORD');
    this.#trusted = env.get('POSTGRES_HOST_AUTH_METHOD') === 'trust';
    if (await this.isPrepared()) {
      await this.#process.print('\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n');
      return true;
    }
    if (password === '' && !this.#trusted) {
      await this.#process.complain(MISSING_PASSWORD);
      return false;
    }
    try {
      await files.mkdir(this.directory, { recursive: true });
      if ((await files.readdir(this.directory)).includes('lost+found')) {
        await this.#process.complain(
          `initdb: error: directory "${this.directory}" exists but is not empty\ninitdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.\ninitdb: hint: Using a mount point directly as the data directory is not recommended.\nCreate a subdirectory under the mount point.\n`,
        );
        return false;
      }
      await files.writeFile(joinPath(this.directory, 'PG_VERSION'), `${versionOf(this.#process).split('.')[0] ?? '17'}\n`);
      await files.writeFile(joinPath(this.directory, 'postgresql.conf'), '# simulated\n');
      await files.writeFile(joinPath(this.directory, 'dockside-password'), password);
    } catch {
      await this.#process.complain(`mkdir: cannot create directory '${this.directory}': Read-only file system\n`);
      return false;
    }
    await this.#process.print(
      `The files belonging to this database system will be owned by user "postgres".\nThis user must also own the server process.\n\nThe database cluster will be initialized with locale "en_US.utf8".\nThe default database encoding has accordingly been set to "UTF8".\nThe default text search configuration will be set to "english".\n\nData page checksums are disabled.\n\nfixing permissions on existing directory ${this.directory} ... ok\ncreating subdirectories ... ok\nselecting dynamic shared memory implementation ... posix\nselecting default "max_connections" ... 100\nselecting default "shared_buffers" ... 128MB\ncreating configuration files ... ok\nrunning bootstrap script ... ok\nperforming post-bootstrap initialization ... ok\nsyncing data to disk ... ok\n\n\nSuccess. You can now start the database server using:\n\n    pg_ctl -D ${this.directory} -l logfile start\n\n`,
    );
    const database = env.get('POSTGRES_DB') ?? this.#user;
    if (database !== 'postgres') {
      await this.execute('postgres', `CREATE DATABASE ${database}`, []);
      await this.#process.print('CREATE DATABASE\n\n');
    }
    await this.#runInitScripts(database);
    await this.#process.print('\nPostgreSQL init process complete; ready for start up.\n\n');
    return true;
  }

  async run(): Promise<number> {
    const process = this.#process;
    const { files } = process.machine;
    process.holdMemory(38 * 1024 * 1024);
    this.#password = await files.readFile(joinPath(this.directory, 'dockside-password')).catch(() => '');
    for (const entry of await this.#readJournal()) {
      this.#noteDatabase(entry.sql);
    }
    let listener: Disposable;
    try {
      listener = process.machine.endpoint.listen(this.#port, (connection, from) => this.#accept(connection, from.address));
    } catch (error) {
      if (!isNetworkError(error)) {
        throw error;
      }
      await this.#log(`LOG:  could not bind IPv4 address "0.0.0.0": Address already in use`);
      await this.#log('FATAL:  could not create any TCP/IP sockets');
      return 1;
    }
    await this.#log(
      `LOG:  starting PostgreSQL ${versionOf(process)} (Debian ${versionOf(process)}-1.pgdg13+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit`,
    );
    await this.#log(`LOG:  listening on IPv4 address "0.0.0.0", port ${this.#port}`);
    await this.#log('LOG:  database system is ready to accept connections');
    try {
      return await runUntilSignal(process, 0, async (signal) => {
        await this.#log(`LOG:  received ${signal === 2 ? 'fast' : 'smart'} shutdown request`);
        await this.#log('LOG:  database system is shut down');
      });
    } finally {
      listener[Symbol.dispose]();
      this.#engine[Symbol.dispose]();
    }
  }

  #accept(connection: Duplex, from: string): void {
    const local = from === '127.0.0.1' || from === '::1';
    const session = new PostgresSession(connection, {
      version: versionOf(this.#process),
      admit: (user, database, password) => this.#admit(local, user, database, password),
      execute: (database, statement, params) => this.execute(database, statement, params),
      log: (text) => this.#log(text),
    });
    void session.run();
  }

  #admit(local: boolean, user: string, database: string, password: string | undefined): SqlError | 'password-needed' | undefined {
    if (user !== this.#user && user !== 'postgres') {
      return { code: '28000', message: `role "${user}" does not exist` };
    }
    // The image trusts connections from inside the container and asks everybody else.
    if (!local && !this.#trusted) {
      if (password === undefined) {
        return 'password-needed';
      }
      if (password !== this.#password) {
        return { code: '28P01', message: `password authentication failed for user "${user}"` };
      }
    }
    return this.#databases.has(database) ? undefined : { code: '3D000', message: `database "${database}" does not exist` };
  }

  /** Runs one statement. Throws Error with the engine's message. */
  async execute(database: string, statement: string, params: readonly (string | null)[]): Promise<StatementResult> {
    this.#process.cpuMs += STATEMENT_CPU_MS;
    this.#process.machine.cpu.charge(STATEMENT_CPU_MS);
    const special = await this.#special(database, statement);
    if (special) {
      return special;
    }
    const sql = translate(statement);
    const result = await this.#engine.run(database, sql, params);
    if (isWrite(statement)) {
      await this.#remember(
        database,
        params.length === 0 ? sql : sql.replace(/\$(\d+)/g, (_whole, index: string) => literal(params[Number(index) - 1] ?? null)),
      );
    }
    return result;
  }

  /** Statements that are about the server, not about tables. */
  async #special(database: string, statement: string): Promise<StatementResult | undefined> {
    const text = statement.trim().replace(/\s+/g, ' ');
    const one = (name: string, value: string | number): StatementResult => ({
      columns: [{ name, declared: undefined }],
      rows: [[value]],
      changes: 1,
    });
    const sleep = /^select pg_sleep\((\d+(?:\.\d+)?)\)$/i.exec(text);
    if (sleep) {
      await this.#process.sleep(Number(sleep[1]) * 1000);
      return one('pg_sleep', '');
    }
    const create = /^create database (?:if not exists )?"?(\w+)"?/i.exec(text);
    if (create?.[1] !== undefined) {
      if (this.#databases.has(create[1])) {
        throw new Error(`database "${create[1]}" already exists`);
      }
      this.#databases.add(create[1]);
      await this.#remember('postgres', `CREATE DATABASE ${create[1]}`);
      return EMPTY;
    }
    const drop = /^drop database (if exists )?"?(\w+)"?/i.exec(text);
    if (drop?.[2] !== undefined) {
      if (!this.#databases.delete(drop[2]) && drop[1] === undefined) {
        throw new Error(`database "${drop[2]}" does not exist`);
      }
      await this.#remember('postgres', `DROP DATABASE ${drop[2]}`);
      return EMPTY;
    }
    if (/^select version\(\)$/i.test(text)) {
      return one(
        'version',
        `PostgreSQL ${versionOf(this.#process)} (Debian ${versionOf(this.#process)}-1.pgdg13+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit`,
      );
    }
    if (/^select (datname )?.*from pg_(catalog\.pg_)?database/i.test(text)) {
      return {
        columns: [{ name: 'datname', declared: 'text' }],
        rows: [...this.#databases].sort().map((name) => [name]),
        changes: this.#databases.size,
      };
    }
    const show = /^show (\w+)$/i.exec(text);
    if (show?.[1] !== undefined) {
      const values: Record<string, string> = {
        server_version: versionOf(this.#process),
        max_connections: '100',
        shared_buffers: '128MB',
        timezone: 'Etc/UTC',
        port: String(this.#port),
        data_directory: this.directory,
        search_path: '"$user", public',
      };
      return one(show[1].toLowerCase(), values[show[1].toLowerCase()] ?? '');
    }
    return /^(set|reset|grant|revoke|create (user|role|schema|extension)|alter (user|role|database)|drop (user|role)|comment|analyze|vacuum|checkpoint|listen|notify|discard|deallocate)\b/i.test(
      text,
    ) || database === ''
      ? EMPTY
      : undefined;
  }

  async #runInitScripts(database: string): Promise<void> {
    const { files } = this.#process.machine;
    const directory = '/docker-entrypoint-initdb.d';
    for (const name of (await files.exists(directory)) ? await files.readdir(directory) : []) {
      if (name.endsWith('.sql')) {
        await this.#process.print(`/usr/local/bin/docker-entrypoint.sh: running ${directory}/${name}\n`);
        for (const statement of splitStatements(await files.readFile(joinPath(directory, name)))) {
          await this.execute(database, statement, []);
        }
      } else {
        await this.#process.print(`/usr/local/bin/docker-entrypoint.sh: ignoring ${directory}/${name}\n`);
      }
    }
  }

  async #readJournal(): Promise<{ database: string; sql: string }[]> {
    const text = await this.#process.machine.files.readFile(joinPath(this.directory, JOURNAL)).catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { database: string; sql: string });
  }

  async #remember(database: string, sql: string): Promise<void> {
    this.#noteDatabase(sql);
    await this.#process.machine.files.appendFile(joinPath(this.directory, JOURNAL), `${JSON.stringify({ database, sql })}\n`);
  }

  #noteDatabase(sql: string): void {
    const match = /^(CREATE|DROP) DATABASE (\w+)$/.exec(sql);
    if (match?.[2] !== undefined) {
      if (match[1] === 'CREATE') {
        this.#databases.add(match[2]);
      } else {
        this.#databases.delete(match[2]);
      }
    }
  }

  /** A setting that may also be in a file, as the image's `_FILE` variables allow. */
  async #secret(name: string): Promise<string> {
    const file = this.#process.env.get(`${name}_FILE`);
    return file === undefined
      ? (this.#process.env.get(name) ?? '')
      : (await this.#process.machine.files.readFile(file).catch(() => '')).trim();
  }

  async #log(text: string): Promise<void> {
    const time = dateAt(this.#process.machine.clock.now()).toISOString().replace('T', ' ').replace('Z', ' UTC');
    await this.#process.complain(`${time} [${this.#process.pid}] ${text}\n`);
  }
}

function literal(value: string | null): string {
  return value === null ? 'NULL' : /^-?\d+(\.\d+)?$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}
