// psql and pg_isready: SQL and psql's own commands, from the command line, a file, or a person.
import { linePrompt } from '../line-prompt.ts';
import { resolvePath } from '../../files/paths.ts';
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import { OptionProblem, Options } from '../options.ts';
import { resolveHost } from '../network/resolver.ts';
import { splitStatements } from './dialect.ts';
import { connect, ConnectionFailed, errorText, type PsqlClient } from './psql-connection.ts';
import { readColumns, readRow, render, type Format, type Table } from './psql-table.ts';
import { cstring, FieldReader, message } from './protocol.ts';

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
  const editor = linePrompt(process, history);
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
