// The options of a log request, read and validated as the API server does.
import type { FieldError } from '../../resources/kind.ts';
import { parseTime } from '../../values/index.ts';
import { badRequest, invalid } from '../errors.ts';

export interface LogOptions {
  container: string | null;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  /** Milliseconds since the epoch; older lines are left out. */
  since: number | undefined;
  streams: readonly ('stdout' | 'stderr')[];
}

/** Throws ApiError BadRequest or Invalid. */
export function logOptionsOf(query: URLSearchParams, pod: string, now: number): LogOptions {
  const errors: FieldError[] = [];
  const tailLines = integer(query, 'tailLines');
  const limitBytes = integer(query, 'limitBytes');
  const sinceSeconds = integer(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const stream = query.get('stream') ?? 'All';
  const tooSmall = (field: string, value: number, message: string): void => {
    errors.push({ type: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${message}` });
  };
  if (tailLines !== undefined && tailLines < 0) {
    tooSmall('tailLines', tailLines, 'must be greater than or equal to 0');
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    tooSmall('limitBytes', limitBytes, 'must be greater than 0');
  }
  if (sinceSeconds !== undefined && sinceTime !== null) {
    errors.push({
      type: 'FieldValueForbidden',
      field: '',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    });
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    tooSmall('sinceSeconds', sinceSeconds, 'must be greater than 0');
  }
  if (!['All', 'Stdout', 'Stderr'].includes(stream)) {
    const message = `Unsupported value: ${JSON.stringify(stream)}: supported values: "All", "Stderr", "Stdout"`;
    errors.push({ type: 'FieldValueNotSupported', field: 'stream', message });
  } else if (stream !== 'All' && tailLines !== undefined) {
    errors.push({
      type: 'FieldValueForbidden',
      field: 'tailLines',
      message: 'Forbidden: `tailLines` and specific `stream` are mutually exclusive for now',
    });
  }
  if (errors.length > 0) {
    throw invalid({ group: '', kind: 'PodLogOptions' }, pod, errors);
  }
  return {
    container: query.get('container'),
    follow: truth(query.get('follow')),
    previous: truth(query.get('previous')),
    timestamps: truth(query.get('timestamps')),
    tailLines,
    limitBytes,
    since: sinceSeconds === undefined ? sinceMoment(sinceTime) : now - sinceSeconds * 1000,
    streams: stream === 'Stdout' ? ['stdout'] : stream === 'Stderr' ? ['stderr'] : ['stdout', 'stderr'],
  };
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') {
    return undefined;
  }
  if (!/^[-+]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

function truth(text: string | null): boolean {
  return text !== null && !['false', '0', ''].includes(text.toLowerCase());
}

function sinceMoment(text: string | null): number | undefined {
  if (text === null || text === '') {
    return undefined;
  }
  const time = parseTime(text);
  if (time === undefined) {
    throw badRequest(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`);
  }
  return time;
}
