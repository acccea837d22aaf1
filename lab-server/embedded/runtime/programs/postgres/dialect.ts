// From PostgreSQL's SQL to the engine's, as far as lessons go, and from the engine's errors to PostgreSQL's.

/** Splits a text into statements at semicolons outside of quotes and comments. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  for (const piece of pieces(text)) {
    if (piece.kind === 'code') {
      const parts = piece.text.split(';');
      current += parts[0] ?? '';
      for (const part of parts.slice(1)) {
        statements.push(current);
        current = part;
      }
    } else if (piece.kind !== 'comment') {
      current += piece.text;
    }
  }
  return [...statements, current].map((statement) => statement.trim()).filter((statement) => statement !== '');
}

interface Piece {
  kind: 'code' | 'quoted' | 'comment';
  text: string;
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  const pattern = /('(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$)|(--[^\n]*|\/\*[\s\S]*?\*\/)/g;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    found.push(
      { kind: 'code', text: text.slice(at, match.index) },
      { kind: match[1] === undefined ? 'comment' : 'quoted', text: match[0] },
    );
    at = match.index + match[0].length;
  }
  return [...found, { kind: 'code', text: text.slice(at) }];
}

const CODE_RULES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:big|small)?serial\s+primary\s+key\b/gi, 'INTEGER PRIMARY KEY AUTOINCREMENT'],
  [
    /\b(?:int|integer|bigint)\s+generated\s+(?:always|by\s+default)\s+as\s+identity(?:\s+primary\s+key)?/gi,
    'INTEGER PRIMARY KEY AUTOINCREMENT',
  ],
  [/\b(?:big|small)?serial\b/gi, 'INTEGER'],
  [/\bilike\b/gi, 'LIKE'],
  [/\btruncate\s+(?:table\s+)?([\w."]+)/gi, 'DELETE FROM $1'],
  [/\bcurrent_timestamp\b|\blocaltimestamp\b/gi, 'now()'],
  [/\b(?:current_user|session_user)\b(?!\s*\()/gi, "'postgres'"],
  [/\bdefault\s+now\(\)/gi, 'DEFAULT (now())'],
  [/\bdefault\s+gen_random_uuid\(\)/gi, 'DEFAULT (gen_random_uuid())'],
  [/\binformation_schema\.(tables|columns)\b/gi, 'information_schema_$1'],
  [/\b(?:public|pg_catalog)\.(?=\w)/gi, ''],
  [/\bcascade\b(?=\s*$)/gi, ''],
];

/** The statement in the engine's dialect. */
export function translate(statement: string): string {
  const code = pieces(statement)
    .map((piece) =>
      piece.kind === 'code'
        ? CODE_RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), piece.text)
        : piece.text,
    )
    .join('');
  return code.replace(/('(?:[^']|'')*'|[\w.]+|\$\d+|\([^()]*\))::(\w+)(?:\[\])?(?:\(\d+\))?/g, (_whole, expression: string, type: string) =>
    castOf(expression, type.toLowerCase()),
  );
}

function castOf(expression: string, type: string): string {
  if (/^(small|big)?int|^int\d?$|^integer$/.test(type)) {
    return `CAST(${expression} AS INTEGER)`;
  }
  if (/^(float|real|double|numeric|decimal)/.test(type)) {
    return `CAST(${expression} AS REAL)`;
  }
  return type === 'text' || type.startsWith('varchar') ? `CAST(${expression} AS TEXT)` : expression;
}

export interface SqlError {
  code: string;
  message: string;
}

/** What PostgreSQL says for what the engine said. */
export function translateError(message: string): SqlError {
  const rules: readonly (readonly [RegExp, string, (match: RegExpExecArray) => string])[] = [
    [/^no such table: (?:main\.)?(\S+)/, '42P01', (match) => `relation "${match[1] ?? ''}" does not exist`],
    [/^no such column: (\S+)/, '42703', (match) => `column "${match[1] ?? ''}" does not exist`],
    [/^no such function: (\S+)/, '42883', (match) => `function ${match[1] ?? ''}() does not exist`],
    [/^table (\S+) already exists/, '42P07', (match) => `relation "${(match[1] ?? '').replaceAll('"', '')}" already exists`],
    [
      /^UNIQUE constraint failed: (\w+)\.(\w+)/,
      '23505',
      (match) => `duplicate key value violates unique constraint "${match[1] ?? ''}_${match[2] ?? ''}_key"`,
    ],
    [
      /^NOT NULL constraint failed: (\w+)\.(\w+)/,
      '23502',
      (match) => `null value in column "${match[2] ?? ''}" of relation "${match[1] ?? ''}" violates not-null constraint`,
    ],
    [/^FOREIGN KEY constraint failed/, '23503', () => 'insert or update on table violates foreign key constraint'],
    [/^near "(.*)": syntax error/, '42601', (match) => `syntax error at or near "${match[1] ?? ''}"`],
    [/^incomplete input/, '42601', () => 'syntax error at end of input'],
    [/^table \S+ has no column named (\S+)/, '42703', (match) => `column "${match[1] ?? ''}" of relation does not exist`],
    [/^not authorized/, '42501', () => 'permission denied'],
    [/^database or disk is full/, '53100', () => 'could not extend file: No space left on device'],
    [/^canceling statement/, '57014', () => 'canceling statement due to statement timeout'],
  ];
  for (const [pattern, code, text] of rules) {
    const match = pattern.exec(message);
    if (match) {
      return { code, message: text(match) };
    }
  }
  return { code: 'XX000', message };
}

/** The command tag that ends a statement's answer: `SELECT 3`, `INSERT 0 1`, `CREATE TABLE`. */
export function commandTag(statement: string, rows: number, changes: number): string {
  const words = statement.toUpperCase().split(/\s+/);
  switch (words[0]) {
    case 'SELECT':
    case 'VALUES':
    case 'TABLE':
    case 'WITH':
      return `SELECT ${rows}`;
    case 'INSERT':
      return `INSERT 0 ${Math.max(changes, rows)}`;
    case 'UPDATE':
    case 'DELETE':
      return `${words[0]} ${Math.max(changes, rows)}`;
    case 'CREATE':
    case 'DROP':
    case 'ALTER':
      return `${words[0]} ${(words[1] ?? '').replace(/^(OR|TEMP|TEMPORARY|UNIQUE)$/, words[2] ?? '')}`;
    case 'TRUNCATE':
      return 'TRUNCATE TABLE';
    default:
      return words[0] ?? '';
  }
}

/** Whether a statement changes what must be remembered. */
export function isWrite(statement: string): boolean {
  return /^(insert|update|delete|create|drop|alter|truncate|with\b[\s\S]*\b(insert|update|delete)\b)/i.test(statement);
}
