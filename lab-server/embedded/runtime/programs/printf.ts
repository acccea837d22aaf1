// printf: the program, and the formatting that the shells' builtin shares.
import type { Process } from '../processes/process.ts';
import { unescapeText } from './escapes.ts';

export interface Formatted {
  text: string;
  /** Complaints about arguments, without the program's name. */
  problems: string[];
}

const DIRECTIVE = /%(%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([bcdiouxXeEfFgGsq]))/y;
/** A format without directives would otherwise repeat for as many arguments as there are. */
const MAX_LENGTH = 4 * 1024 * 1024;

export function formatText(format: string, args: readonly string[]): Formatted {
  const problems: string[] = [];
  let text = '';
  let next = 0;
  const escaped = unescapeText(format, { quotes: true, plainOctal: true });
  const source = escaped.text;
  do {
    const before = next;
    const take = (): string | undefined => args[next++];
    for (let at = 0; at < source.length;) {
      if (source[at] !== '%') {
        text += source[at];
        at += 1;
        continue;
      }
      DIRECTIVE.lastIndex = at;
      const match = DIRECTIVE.exec(source);
      if (!match) {
        problems.push(`${source.slice(at, at + 2)}: invalid directive`);
        return { text, problems };
      }
      at = DIRECTIVE.lastIndex;
      if (match[1] === '%') {
        text += '%';
        continue;
      }
      const width = match[3] === '*' ? Number(take() ?? 0) : Number(match[3] ?? 0);
      const precision =
        match[4] === '*' ? Number(take() ?? 0) : match[4] === undefined ? (match[0].includes('.') ? 0 : undefined) : Number(match[4]);
      const piece = formatOne(match[5] ?? 's', take(), match[2] ?? '', precision, problems);
      if (piece.stopped) {
        return { text: text + piece.text, problems };
      }
      text += pad(piece.text, width, match[2] ?? '', match[5] ?? 's');
    }
    if (next === before || text.length > MAX_LENGTH) {
      break;
    }
  } while (next < args.length);
  return { text, problems };
}

function formatOne(
  kind: string,
  argument: string | undefined,
  flags: string,
  precision: number | undefined,
  problems: string[],
): { text: string; stopped?: boolean } {
  switch (kind) {
    case 's':
      return { text: (argument ?? '').slice(0, precision) };
    case 'b':
      return unescapeText(argument ?? '');
    case 'c':
      return { text: (argument ?? '').slice(0, 1) };
    case 'q':
      return { text: /^[\w./:=@%+,-]+$/.test(argument ?? '') ? (argument ?? '') : `'${(argument ?? '').replaceAll("'", "'\\''")}'` };
    case 'd':
    case 'i':
    case 'u':
      return {
        text: signed(
          integer(argument, problems)
            .toString()
            .replace('-', (minus) => (kind === 'u' ? '' : minus)),
          flags,
          precision,
        ),
      };
    case 'o':
      return { text: integer(argument, problems).toString(8) };
    case 'x':
    case 'X': {
      const digits = integer(argument, problems)
        .toString(16)
        .padStart(precision ?? 0, '0');
      const text = flags.includes('#') ? `0x${digits}` : digits;
      return { text: kind === 'X' ? text.toUpperCase() : text };
    }
    default: {
      const value = Number(argument ?? 0);
      if (Number.isNaN(value)) {
        problems.push(`'${argument ?? ''}': expected a numeric value`);
      }
      const number = Number.isNaN(value) ? 0 : value;
      const text =
        kind === 'f' || kind === 'F'
          ? number.toFixed(Math.min(precision ?? 6, 100))
          : kind === 'e' || kind === 'E'
            ? exponent(number, precision ?? 6)
            : String(Number(number.toPrecision(Math.min(Math.max(precision ?? 6, 1), 100))));
      return { text: signed(kind === 'E' || kind === 'G' ? text.toUpperCase() : text, flags, undefined) };
    }
  }
}

function integer(argument: string | undefined, problems: string[]): bigint {
  const text = (argument ?? '').trim();
  if (/^["']/.test(text)) {
    return BigInt(text.codePointAt(1) ?? 0);
  }
  if (text === '') {
    return 0n;
  }
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|\d+)/.exec(text);
  if (!match || match[0].length < text.length) {
    problems.push(`'${text}': ${match ? 'value not completely converted' : 'expected a numeric value'}`);
  }
  if (!match?.[2]) {
    return 0n;
  }
  const digits = match[2];
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === '-' ? -value : value;
}

function signed(text: string, flags: string, precision: number | undefined): string {
  const negative = text.startsWith('-');
  const digits = (negative ? text.slice(1) : text).padStart(precision ?? 0, '0');
  return negative ? `-${digits}` : flags.includes('+') ? `+${digits}` : flags.includes(' ') ? ` ${digits}` : digits;
}

function exponent(value: number, precision: number): string {
  return value.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, 'e$10$2');
}

function pad(text: string, width: number, flags: string, kind: string): string {
  const columns = Math.min(Math.abs(width), 65_536);
  if (flags.includes('-') || width < 0) {
    return text.padEnd(columns);
  }
  if (flags.includes('0') && kind !== 's') {
    const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
    return sign + text.slice(sign.length).padStart(columns - sign.length, '0');
  }
  return text.padStart(columns);
}

export async function printf(process: Process): Promise<number> {
  const [format, ...args] = process.argv.slice(1);
  if (format === undefined) {
    await process.complain("printf: missing operand\nTry 'printf --help' for more information.\n");
    return 1;
  }
  const { text, problems } = formatText(format, args);
  await process.print(text);
  for (const problem of problems) {
    await process.complain(`printf: ${problem}\n`);
  }
  return problems.length > 0 ? 1 : 0;
}
