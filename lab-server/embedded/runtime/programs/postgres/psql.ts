// psql and pg_isready: a client that speaks the protocol, and prints tables as psql does.
import type { Duplex } from 'node:stream';
import { isNetworkError } from '../../network/network-error.ts';
import { resolvePath } from '../../files/paths.ts';
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import { LineEditor } from '../../terminal/line-editor.ts';
import { OptionProblem, Options } from '../options.ts';
import { resolveHost } from '../network/resolver.ts';
import { splitStatements } from './dialect.ts';
import { cstring, FieldReader, int32, message, MessageReader, type Message } from './protocol.ts';

const PROTOCOL_VERSION = 196_608;
const NUMERIC_OIDS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700]);

interface Format {
  tuplesOnly: boolean;
  aligned: boolean;
  separator: string;
}

interface Table {
  names: string[];
  numeric: boolean[];
  rows: (string | null)[][];
}

class ConnectionFailed extends Error {}

class PsqlClient {
  readonly #connection: Duplex;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #reader = new MessageReader('client');

  constructor(connection: Duplex) {
    this.#connection = connection;
    this.#chunks = (connection as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  send(...messages: readonly Buffer[]): void {
    this.#connection.write(Buffer.concat(messages));
  }

  async receive(): Promise<Message> {
    for (let next = this.#reader.next(); ; next = this.#reader.next()) {
      if (next) {
        return next;
      }
      const chunk = await this.#chunks.next().catch(() => ({ done: true, value: undefined }) as const);
      if (chunk.done) {
        throw new ConnectionFailed('server closed the connection unexpectedly');
      }
      this.#reader.push(chunk.value);
    }
  }

  close(): void {
    this.send(message('X'));
    this.#connection.end();
  }
}

export async function psql(process: Process): Promise<number> {
  let options: Options;
  try {
    options = new Options(process.argv.slice(1), {
      flags: 'tAqXwWaeEbnSsxl1',
      values: 'hpUdcfvFoP',
      long: {
        host: 'h',
        port: 'p',
        username: 'U',
        dbname: 'd',
        command: 'c',
        file: 'f',
        'tuples-only': 't',
        'no-align': 'A',
        quiet: 'q',
        'no-password': 'w',
        'no-psqlrc': 'X',
        list: 'l',
        version: 'version',
        variable: 'v',
        set: 'v',
        csv: 'csv',
      },
    });
  } catch (error) {
    if (!(error instanceof OptionProblem)) {
      throw error;
    }
    await process.complain(`psql: ${error.message}\npsql: hint: Try "psql --help" for more information.\n`);
    return 1;
  }
  if (options.has('version')) {
    await process.print(`psql (PostgreSQL) ${process.env.get('PG_VERSION')?.replace(/-.*$/, '') ?? '17.6'}\n`);
    return 0;
  }
  const url = /^postgres(?:ql)?:\/\/(?:([^:@/]+)(?::([^@/]*))?@)?([^:/?]+)?(?::(\d+))?(?:\/([^?]+))?/.exec(
    options.operands[0] ?? options.value('d') ?? '',
  );
  const user = url?.[1] ?? options.value('U') ?? (url ? undefined : options.operands[1]) ?? process.env.get('PGUSER') ?? 'postgres';
  const target = {
    host: url?.[3] ?? options.value('h') ?? process.env.get('PGHOST'),
    port: Number(url?.[4] ?? options.value('p') ?? process.env.get('PGPORT') ?? 5432),
    user,
    database: url?.[5] ?? options.value('d') ?? (url ? undefined : options.operands[0]) ?? process.env.get('PGDATABASE') ?? user,
    password: url?.[2] ?? process.env.get('PGPASSWORD'),
  };
  let client: PsqlClient;
  try {
    client = await connect(process, target);
  } catch (error) {
    if (!(error instanceof ConnectionFailed)) {
      throw error;
    }
    await process.complain(`psql: error: ${error.message}\n`);
    return 2;
  }
  const format: Format = {
    tuplesOnly: options.has('t'),
    aligned: !options.has('A') && !options.has('csv'),
    separator: options.has('csv') ? ',' : (options.value('F') ?? '|'),
  };
  try {
    return await runAll(process, client, options, format, target.database);
  } catch (error) {
    if (!(error instanceof ConnectionFailed)) {
      throw error;
    }
    await process.complain(
      `${error.message}\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\nconnection to server was lost\n`,
    );
    return 2;
  } finally {
    client.close();
  }
}

async function runAll(process: Process, client: PsqlClient, options: Options, format: Format, database: string): Promise<number> {
  if (options.has('l')) {
    return runCommand(process, client, '\\l', format);
  }
  const commands = options.all('c');
  if (commands.length > 0) {
    let status = 0;
    for (const command of commands) {
      status = await runCommand(process, client, command, format);
    }
    return status;
  }
  const file = options.value('f');
  if (file !== undefined || !process.descriptors.get(0)?.terminal) {
    const text =
      file === undefined || file === '-'
        ? (await readAll(process.stdin ?? NOTHING, process.signal, 8 * 1024 * 1024)).toString('utf8')
        : await process.machine.files.readFile(resolvePath(process.cwd, file)).catch(() => undefined);
    if (text === undefined) {
      await process.complain(`psql: error: ${file ?? ''}: No such file or directory\n`);
      return 1;
    }
    let status = 0;
    for (const part of text.split(/^(?=\\)|(?<=^\\.*\n)/m)) {
      for (const statement of part.startsWith('\\') ? [part.trim()] : splitStatements(part)) {
        status = Math.max(status, await runCommand(process, client, statement, format));
        if (status !== 0 && options.all('v').some((setting) => setting === 'ON_ERROR_STOP=1')) {
          return 3;
        }
      }
    }
    return file === undefined ? 0 : status;
  }
  return converse(process, client, format, database);
}

async function connect(
  process: Process,
  target: { host: string | undefined; port: number; user: string; database: string; password: string | undefined },
): Promise<PsqlClient> {
  const { host, port } = target;
  const place = host === undefined || host.startsWith('/') ? `socket "/var/run/postgresql/.s.PGSQL.${port}"` : undefined;
  const [address] = place === undefined ? await resolveHost(process, host ?? '') : ['127.0.0.1'];
  if (address === undefined) {
    throw new ConnectionFailed(`could not translate host name "${host ?? ''}" to address: Name or service not known`);
  }
  const where = place ?? `at "${host ?? ''}" (${address}), port ${port}`;
  let connection: Duplex;
  try {
    connection = await process.machine.endpoint.connect(address, port, process.signal);
  } catch (error) {
    process.signal.throwIfAborted();
    const reason =
      place !== undefined
        ? 'No such file or directory'
        : isNetworkError(error, 'ECONNREFUSED')
          ? 'Connection refused'
          : isNetworkError(error, 'EHOSTUNREACH')
            ? 'No route to host'
            : 'Connection timed out';
    throw new ConnectionFailed(
      `connection to server ${place === undefined ? where : `on ${where}`} failed: ${reason}\n\tIs the server running ${place === undefined ? 'on that host and accepting TCP/IP connections' : 'locally and accepting connections on that socket'}?`,
    );
  }
  process.signal.addEventListener('abort', () => connection.destroy(), { once: true });
  const client = new PsqlClient(connection);
  client.send(
    message(
      '',
      int32(PROTOCOL_VERSION),
      cstring('user'),
      cstring(target.user),
      cstring('database'),
      cstring(target.database),
      Buffer.from([0]),
    ),
  );
  for (;;) {
    const { type, body } = await client.receive();
    if (type === 'R' && body.readInt32BE() === 3) {
      if (target.password === undefined) {
        throw new ConnectionFailed(`connection to server ${where} failed: fe_sendauth: no password supplied`);
      }
      client.send(message('p', cstring(target.password)));
    } else if (type === 'E') {
      throw new ConnectionFailed(`connection to server ${place === undefined ? where : `on ${where}`} failed: FATAL:  ${errorText(body)}`);
    } else if (type === 'Z') {
      return client;
    }
  }
}

/** Runs SQL, or one of psql's own commands. */
async function runCommand(process: Process, client: PsqlClient, text: string, format: Format): Promise<number> {
  const meta = /^\\(\w+\+?|\?)\s*(.*)$/s.exec(text.trim());
  const sql = meta ? metaQuery(meta[1] ?? '', (meta[2] ?? '').trim()) : text;
  if (sql === undefined) {
    if (meta?.[1] === 'conninfo') {
      await process.print('You are connected to database "postgres" as user "postgres".\n');
      return 0;
    }
    await process.complain(`invalid command \\${meta?.[1] ?? ''}\n`);
    return 1;
  }
  client.send(message('Q', cstring(sql)));
  let table: Table | undefined;
  let status = 0;
  for (;;) {
    const { type, body } = await client.receive();
    switch (type) {
      case 'T':
        table = readColumns(body);
        break;
      case 'D':
        table?.rows.push(readRow(body));
        break;
      case 'C':
        if (table) {
          await process.print(meta && table.rows.length === 0 ? 'Did not find any relations.\n' : render(table, format));
        } else {
          await process.print(`${new FieldReader(body).string()}\n`);
        }
        table = undefined;
        break;
      case 'E':
        await process.complain(`ERROR:  ${errorText(body)}\n`);
        status = 1;
        break;
      case 'Z':
        return status;
      default:
        break;
    }
  }
}

function metaQuery(name: string, argument: string): string | undefined {
  switch (name) {
    case 'dt':
    case 'dt+':
      return `SELECT 'public' AS "Schema", tablename AS "Name", 'table' AS "Type", 'postgres' AS "Owner" FROM pg_tables ORDER BY 2`;
    case 'd':
    case 'd+':
      return argument === ''
        ? metaQuery('dt', '')
        : `SELECT column_name AS "Column", data_type AS "Type", CASE is_nullable WHEN 'NO' THEN 'not null' ELSE '' END AS "Nullable", coalesce(column_default, '') AS "Default" FROM information_schema.columns WHERE table_name = '${argument.replaceAll("'", "''")}' ORDER BY ordinal_position`;
    case 'l':
    case 'l+':
      return 'SELECT datname FROM pg_database';
    case 'du':
      return `SELECT 'postgres' AS "Role name", 'Superuser, Create role, Create DB' AS "Attributes"`;
    default:
      return undefined;
  }
}

async function converse(process: Process, client: PsqlClient, format: Format, database: string): Promise<number> {
  const file = process.descriptors.get(0);
  const history: string[] = [];
  const editor = new LineEditor({
    read: async () => file?.source.read(process.signal),
    unread: (chunk) => file?.source.unread(chunk),
    write: (text) => process.print(text),
    size: () => file?.terminal?.size() ?? { cols: 80, rows: 24 },
    history,
    complete: async () => ({ word: '', candidates: [] }),
  });
  await process.print(`psql (${process.env.get('PG_VERSION')?.replace(/-.*$/, '') ?? '17.6'})\nType "help" for help.\n\n`);
  let pending = '';
  for (;;) {
    file?.terminal?.setRaw(true);
    const line = await editor.edit(`${database}${pending === '' ? '=# ' : '-# '}`);
    file?.terminal?.setRaw(false);
    if (line.kind === 'interrupted') {
      pending = '';
      continue;
    }
    if (line.kind === 'end' || (pending === '' && /^\s*(\\q|exit|quit)\s*;?\s*$/.test(line.text))) {
      return 0;
    }
    pending += `${line.text}\n`;
    if (pending.trim() === '') {
      pending = '';
    } else if (/^\s*\\/.test(pending) || /;\s*$/.test(pending)) {
      history.push(pending.trim());
      for (const statement of /^\s*\\/.test(pending) ? [pending.trim()] : splitStatements(pending)) {
        await runCommand(process, client, statement, format);
      }
      pending = '';
    }
  }
}

function readColumns(body: Buffer): Table {
  const fields = new FieldReader(body);
  const table: Table = { names: [], numeric: [], rows: [] };
  for (let left = fields.int16(); left > 0; left -= 1) {
    table.names.push(fields.string());
    fields.bytes(6);
    table.numeric.push(NUMERIC_OIDS.has(fields.int32()));
    fields.bytes(8);
  }
  return table;
}

function readRow(body: Buffer): (string | null)[] {
  const fields = new FieldReader(body);
  return Array.from({ length: fields.int16() }, () => {
    const length = fields.int32();
    return length < 0 ? null : fields.bytes(length).toString('utf8');
  });
}

function render(table: Table, format: Format): string {
  if (!format.aligned) {
    const lines = table.rows.map((row) => row.map((cell) => cell ?? '').join(format.separator));
    return `${[...(format.tuplesOnly ? [] : [table.names.join(format.separator)]), ...lines, ...(format.tuplesOnly || format.separator === ',' ? [] : [count(table)])].map((line) => `${line}\n`).join('')}`;
  }
  const widths = table.names.map((name, index) =>
    Math.max(format.tuplesOnly ? 0 : name.length, ...table.rows.map((row) => (row[index] ?? '').length)),
  );
  const cells = (row: readonly (string | null)[]): string =>
    row
      .map(
        (cell, index) =>
          ` ${table.numeric[index] ? (cell ?? '').padStart(widths[index] ?? 0) : (cell ?? '').padEnd(index === row.length - 1 ? 0 : (widths[index] ?? 0))} `,
      )
      .join('|')
      .trimEnd();
  const title = table.names.map((name, index) => ` ${center(name, widths[index] ?? 0)} `).join('|');
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  return format.tuplesOnly
    ? `${table.rows.map((row) => `${cells(row)}\n`).join('')}\n`
    : `${title.trimEnd()}${title.endsWith(' ') ? ' ' : ''}\n${rule}\n${table.rows.map((row) => `${cells(row)}\n`).join('')}${count(table)}\n\n`;
}

function count(table: Table): string {
  return `(${table.rows.length} ${table.rows.length === 1 ? 'row' : 'rows'})`;
}

function center(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return `${' '.repeat(Math.max(0, left))}${text}`.padEnd(width);
}

function errorText(body: Buffer): string {
  const fields = new FieldReader(body);
  for (;;) {
    const code = fields.bytes(1).toString('latin1');
    if (code === '\0' || code === '') {
      return '';
    }
    const text = fields.string();
    if (code === 'M') {
      return text;
    }
  }
}

export async function pgIsReady(process: Process): Promise<number> {
  const options = new Options(process.argv.slice(1), {
    flags: 'q',
    values: 'hpUdt',
    long: { host: 'h', port: 'p', username: 'U', dbname: 'd', timeout: 't', quiet: 'q' },
  });
  const host = options.value('h') ?? process.env.get('PGHOST');
  const port = Number(options.value('p') ?? process.env.get('PGPORT') ?? 5432);
  const [address] = host === undefined ? ['127.0.0.1'] : await resolveHost(process, host);
  const name = `${host ?? '/var/run/postgresql'}:${port}`;
  let accepting = false;
  try {
    (await process.machine.endpoint.connect(address ?? '', port, process.signal)).destroy();
    accepting = address !== undefined;
  } catch {
    process.signal.throwIfAborted();
  }
  if (!options.has('q')) {
    await process.print(`${name} - ${accepting ? 'accepting connections' : 'no response'}\n`);
  }
  return accepting ? 0 : 2;
}
