// date: the time of the simulated clock, in any format. The containers' time zone is UTC.
import { dateAt } from '../../files/file-times.ts';
import { commandProgram } from '../command.ts';
import { parseMoment } from './moments.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const date = commandProgram(
  {
    flags: 'uRIjnv',
    values: 'drsfDz',
    long: {
      utc: 'u',
      universal: 'u',
      date: 'd',
      reference: 'r',
      'rfc-email': 'R',
      'rfc-2822': 'R',
      'iso-8601': 'I',
      set: 's',
      'rfc-3339': 'z',
    },
  },
  async (command) => {
    const { options, process } = command;
    const now = process.machine.clock.now();
    const text = options.value('d');
    const reference = options.value('r');
    let moment: number | undefined = now;
    if (text !== undefined) {
      moment = parseMoment(text, now);
    } else if (reference !== undefined) {
      moment = (await command.files.stat(command.path(reference)).catch(() => undefined))?.mtime.getTime();
    }
    if (moment === undefined) {
      await command.complain(`invalid date '${text ?? reference ?? ''}'`);
      return 1;
    }
    if (options.has('s')) {
      await command.complain('cannot set date: Operation not permitted');
      return 1;
    }
    const format = command.operands.find((operand) => operand.startsWith('+'))?.slice(1);
    const wanted =
      format ??
      (options.has('I')
        ? '%Y-%m-%d'
        : options.has('R')
          ? '%a, %d %b %Y %H:%M:%S +0000'
          : options.has('z')
            ? '%Y-%m-%d %H:%M:%S+00:00'
            : '%a %b %e %H:%M:%S UTC %Y');
    await command.print(`${formatDate(wanted, moment)}\n`);
    return 0;
  },
);

/** strftime(3) in the C locale and UTC. */
export function formatDate(format: string, milliseconds: number): string {
  return format.replace(/%([-_0^#]?)(\d*)(:*[a-zA-Z%])/g, (whole, flag: string, width: string, letter: string) => {
    const value = field(letter, milliseconds);
    if (value === undefined) {
      return whole;
    }
    if (flag === '-') {
      return value.replace(/^[0 ]+(?=.)/, '');
    }
    if (flag === '_') {
      return value.replace(/^0+(?=.)/, (zeros) => ' '.repeat(zeros.length));
    }
    return flag === '^'
      ? value.toUpperCase()
      : letter === 'N' && width !== ''
        ? value.slice(0, Number(width))
        : value.padStart(Number(width), '0');
  });
}

function field(letter: string, milliseconds: number): string | undefined {
  const at = dateAt(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = at.getUTCHours();
  const dayName = DAYS[at.getUTCDay()] ?? '';
  const monthName = MONTHS[at.getUTCMonth()] ?? '';
  const iso = at.toISOString();
  switch (letter) {
    case 'a':
      return dayName.slice(0, 3);
    case 'A':
      return dayName;
    case 'b':
    case 'h':
      return monthName.slice(0, 3);
    case 'B':
      return monthName;
    case 'c':
      return formatDate('%a %b %e %H:%M:%S %Y', milliseconds);
    case 'C':
      return two(Math.floor(at.getUTCFullYear() / 100));
    case 'd':
      return two(at.getUTCDate());
    case 'D':
    case 'x':
      return formatDate('%m/%d/%y', milliseconds);
    case 'e':
      return String(at.getUTCDate()).padStart(2);
    case 'F':
      return iso.slice(0, 10);
    case 'g':
    case 'y':
      return two(at.getUTCFullYear() % 100);
    case 'G':
    case 'Y':
      return String(at.getUTCFullYear());
    case 'H':
      return two(hours);
    case 'I':
      return two(hours % 12 === 0 ? 12 : hours % 12);
    case 'j':
      return String(dayOfYear(milliseconds)).padStart(3, '0');
    case 'k':
      return String(hours).padStart(2);
    case 'l':
      return String(hours % 12 === 0 ? 12 : hours % 12).padStart(2);
    case 'm':
      return two(at.getUTCMonth() + 1);
    case 'M':
      return two(at.getUTCMinutes());
    case 'n':
      return '\n';
    case 'N':
      return `${String(at.getUTCMilliseconds()).padStart(3, '0')}000000`;
    case 'p':
      return hours < 12 ? 'AM' : 'PM';
    case 'P':
      return hours < 12 ? 'am' : 'pm';
    case 'r':
      return formatDate('%I:%M:%S %p', milliseconds);
    case 'R':
      return iso.slice(11, 16);
    case 's':
      return String(Math.floor(milliseconds / 1000));
    case 'S':
      return two(at.getUTCSeconds());
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return iso.slice(11, 19);
    case 'u':
      return String(at.getUTCDay() === 0 ? 7 : at.getUTCDay());
    case 'U':
    case 'V':
    case 'W':
      return two(Math.ceil(dayOfYear(milliseconds) / 7));
    case 'w':
      return String(at.getUTCDay());
    case 'z':
      return '+0000';
    case ':z':
      return '+00:00';
    case 'Z':
      return 'UTC';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

function dayOfYear(milliseconds: number): number {
  const start = dateAt(milliseconds);
  start.setUTCMonth(0, 1);
  return Math.floor((milliseconds - start.getTime()) / 86_400_000) + 1;
}
