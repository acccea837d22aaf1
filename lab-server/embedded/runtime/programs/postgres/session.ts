// One connection to a simulated PostgreSQL: start-up, password, and the simple and extended query protocols.
import type { Duplex } from 'node:stream';
import type { Column } from './engine-messages.ts';
import { commandTag, splitStatements, translateError, type SqlError } from './dialect.ts';
import { cstring, FieldReader, int16, int32, message, MessageReader, type Message } from './protocol.ts';

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

/** Type numbers of PostgreSQL that clients know how to read. */
const OIDS: readonly (readonly [RegExp, number])[] = [
  [/^bool/i, 16],
  [/^bigint|^int8/i, 20],
  [/^int|^serial|^smallint/i, 23],
  [/^real|^double|^float/i, 701],
  [/^numeric|^decimal/i, 1700],
  [/^timestamp/i, 1184],
  [/^date/i, 1082],
  [/^uuid/i, 2950],
  [/^json/i, 3802],
  [/^varchar|^character/i, 1043],
];
const TEXT_OID = 25;

export interface StatementResult {
  columns: readonly Column[];
  rows: readonly (readonly (string | number | null)[])[];
  changes: number;
}

export interface SessionHost {
  version: string;
  /** Undefined when the connection is welcome; otherwise why not. */
  admit(user: string, database: string, password: string | undefined): SqlError | 'password-needed' | undefined;
  /** Runs one statement. Throws Error with the engine's message. */
  execute(database: string, statement: string, params: readonly (string | null)[]): Promise<StatementResult>;
  log(text: string): Promise<void>;
}

export class PostgresSession {
  readonly #connection: Duplex;
  readonly #host: SessionHost;
  readonly #reader = new MessageReader('server');
  #user = '';
  #database = '';
  #status: 'I' | 'T' | 'E' = 'I';
  #welcome = false;
  readonly #statements = new Map<string, string>();
  readonly #portals = new Map<string, { statement: string; params: (string | null)[]; result: StatementResult | undefined }>();
  /** After an error in the extended protocol everything up to Sync is skipped. */
  #skipping = false;

  constructor(connection: Duplex, host: SessionHost) {
    this.#connection = connection;
    this.#host = host;
  }

  async run(): Promise<void> {
    try {
      // Leaving the loop must not cut off what was written last.
      for await (const chunk of this.#connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        this.#reader.push(chunk);
        for (let next = this.#reader.next(); next; next = this.#reader.next()) {
          if (!(await this.#handle(next))) {
            this.#connection.end();
            return;
          }
        }
      }
      this.#connection.end();
    } catch {
      this.#connection.destroy();
    }
  }

  #send(...messages: readonly Buffer[]): void {
    this.#connection.write(Buffer.concat(messages));
  }

  async #handle({ type, body }: Message): Promise<boolean> {
    if (type === '') {
      return this.#startup(body);
    }
    if (!this.#welcome) {
      return type === 'p' && this.#admit(new FieldReader(body).string());
    }
    if (this.#skipping && type !== 'S' && type !== 'X') {
      return true;
    }
    switch (type) {
      case 'Q':
        await this.#simpleQuery(new FieldReader(body).string());
        return true;
      case 'X':
        return false;
      case 'S':
        this.#skipping = false;
        this.#sendReady();
        return true;
      case 'H':
        return true;
      default:
        await this.#extended(type, new FieldReader(body));
        return true;
    }
  }

  async #startup(body: Buffer): Promise<boolean> {
    const fields = new FieldReader(body);
    const version = fields.int32();
    if (version === SSL_REQUEST || version === GSS_REQUEST) {
      this.#send(Buffer.from('N'));
      this.#reader.expectStartup();
      return true;
    }
    if (version === CANCEL_REQUEST) {
      return false;
    }
    const params = new Map<string, string>();
    while (!fields.done) {
      const name = fields.string();
      if (name === '') {
        break;
      }
      params.set(name, fields.string());
    }
    this.#user = params.get('user') ?? '';
    this.#database = params.get('database') ?? this.#user;
    return this.#admit(undefined);
  }

  async #admit(password: string | undefined): Promise<boolean> {
    const refusal = this.#host.admit(this.#user, this.#database, password);
    if (refusal === 'password-needed') {
      this.#send(message('R', int32(3)));
      return true;
    }
    if (refusal) {
      await this.#host.log(`FATAL:  ${refusal.message}`);
      this.#send(errorMessage('FATAL', refusal));
      return false;
    }
    this.#welcome = true;
    const settings: Record<string, string> = {
      server_version: this.#host.version,
      server_encoding: 'UTF8',
      client_encoding: 'UTF8',
      DateStyle: 'ISO, MDY',
      TimeZone: 'Etc/UTC',
      integer_datetimes: 'on',
      standard_conforming_strings: 'on',
      is_superuser: 'on',
      session_authorization: this.#user,
    };
    this.#send(
      message('R', int32(0)),
      ...Object.entries(settings).map(([name, value]) => message('S', cstring(name), cstring(value))),
      message('K', int32(64), int32(0)),
    );
    this.#sendReady();
    return true;
  }

  #sendReady(): void {
    this.#send(message('Z', Buffer.from(this.#status)));
  }

  async #simpleQuery(text: string): Promise<void> {
    const statements = splitStatements(text);
    if (statements.length === 0) {
      this.#send(message('I'));
    }
    for (const statement of statements) {
      try {
        const result = await this.#execute(statement, []);
        if (result.columns.length > 0) {
          this.#send(rowDescription(result.columns, result.rows), ...result.rows.map((row) => dataRow(row, result.columns)));
        }
        this.#send(message('C', cstring(commandTag(statement, result.rows.length, result.changes))));
      } catch (error) {
        await this.#fail(error, statement);
        break;
      }
    }
    this.#sendReady();
  }

  async #execute(statement: string, params: readonly (string | null)[]): Promise<StatementResult> {
    if (this.#status === 'E' && !/^(rollback|commit|end|abort)\b/i.test(statement)) {
      throw new Error('current transaction is aborted, commands ignored until end of transaction block');
    }
    const result = await this.#host.execute(this.#database, statement, params);
    if (/^(begin|start\s+transaction)\b/i.test(statement)) {
      this.#status = 'T';
    } else if (/^(commit|rollback|end|abort)\b/i.test(statement)) {
      this.#status = 'I';
    }
    return result;
  }

  async #fail(error: unknown, statement: string): Promise<void> {
    const failure = translateError(error instanceof Error ? error.message : String(error));
    this.#status = this.#status === 'T' ? 'E' : this.#status;
    this.#send(errorMessage('ERROR', failure));
    await this.#host.log(`ERROR:  ${failure.message}`);
    await this.#host.log(`STATEMENT:  ${statement}`);
  }

  async #extended(type: string, fields: FieldReader): Promise<void> {
    let statement = '';
    try {
      switch (type) {
        case 'P': {
          const name = fields.string();
          this.#statements.set(name, fields.string());
          this.#send(message('1'));
          return;
        }
        case 'B': {
          const portal = fields.string();
          statement = this.#statements.get(fields.string()) ?? '';
          this.#portals.set(portal, { statement, params: boundValues(fields), result: undefined });
          this.#send(message('2'));
          return;
        }
        case 'D': {
          const kind = fields.bytes(1).toString();
          const name = fields.string();
          await this.#describe(kind, name);
          return;
        }
        case 'E': {
          const portal = this.#portals.get(fields.string());
          statement = portal?.statement ?? '';
          const result = portal?.result ?? (await this.#execute(statement, portal?.params ?? []));
          this.#send(
            ...result.rows.map((row) => dataRow(row, result.columns)),
            message('C', cstring(commandTag(statement, result.rows.length, result.changes))),
          );
          return;
        }
        case 'C':
          this.#send(message('3'));
          return;
        default:
          throw new Error(`invalid frontend message type ${type.charCodeAt(0)}`);
      }
    } catch (error) {
      this.#skipping = true;
      await this.#fail(error, statement);
    }
  }

  /** A portal is described by running it: what it gives is kept for Execute. */
  async #describe(kind: string, name: string): Promise<void> {
    if (kind === 'S') {
      const count = new Set(this.#statements.get(name)?.match(/\$\d+/g) ?? []).size;
      this.#send(message('t', int16(count), ...Array.from({ length: count }, () => int32(TEXT_OID))), message('n'));
      return;
    }
    const portal = this.#portals.get(name);
    if (!portal) {
      throw new Error(`portal "${name}" does not exist`);
    }
    portal.result = await this.#execute(portal.statement, portal.params);
    this.#send(portal.result.columns.length > 0 ? rowDescription(portal.result.columns, portal.result.rows) : message('n'));
  }
}

function boundValues(fields: FieldReader): (string | null)[] {
  const formats = Array.from({ length: fields.int16() }, () => fields.int16());
  const count = fields.int16();
  return Array.from({ length: count }, (_value, index) => {
    const length = fields.int32();
    if (length < 0) {
      return null;
    }
    const bytes = fields.bytes(length);
    const binary = (formats.length === 1 ? formats[0] : formats[index]) === 1;
    return binary && length === 4
      ? String(bytes.readInt32BE())
      : binary && length === 8
        ? String(bytes.readBigInt64BE())
        : bytes.toString('utf8');
  });
}

function typeOf(column: Column, sample: string | number | null | undefined): number {
  const declared = OIDS.find(([pattern]) => pattern.test(column.declared ?? ''))?.[1];
  return declared ?? (typeof sample === 'number' ? (Number.isInteger(sample) ? 23 : 701) : TEXT_OID);
}

function rowDescription(columns: readonly Column[], rows: readonly (readonly (string | number | null)[])[]): Buffer {
  return message(
    'T',
    columns.length,
    ...columns.map((column, index) =>
      Buffer.concat([cstring(nameOf(column)), int32(0), int16(0), int32(typeOf(column, rows[0]?.[index])), int16(-1), int32(-1), int16(0)]),
    ),
  );
}

/** A column without an alias: PostgreSQL names it after its function, or not at all. */
function nameOf(column: Column): string {
  return column.declared !== undefined || /^\w+$/.test(column.name)
    ? column.name.replace(/^\d+$|^null$/i, '?column?')
    : (/^(\w+)\s*\(/.exec(column.name)?.[1]?.toLowerCase() ?? '?column?');
}

function dataRow(row: readonly (string | number | null)[], columns: readonly Column[]): Buffer {
  return message(
    'D',
    row.length,
    ...row.map((value, index) => {
      if (value === null) {
        return int32(-1);
      }
      const isBoolean = /^bool/i.test(columns[index]?.declared ?? '');
      const bytes = Buffer.from(isBoolean ? (Number(value) === 0 || value === 'f' || value === 'false' ? 'f' : 't') : String(value));
      return Buffer.concat([int32(bytes.byteLength), bytes]);
    }),
  );
}

function errorMessage(severity: string, failure: SqlError): Buffer {
  const field = (code: string, text: string): Buffer => Buffer.concat([Buffer.from(code), cstring(text)]);
  return message('E', field('S', severity), field('V', severity), field('C', failure.code), field('M', failure.message), Buffer.from([0]));
}
