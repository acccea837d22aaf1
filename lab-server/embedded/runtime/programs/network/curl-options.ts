// curl's command line.
import { OptionProblem, Options, type OptionTable } from '../options.ts';

const TABLE: OptionTable = {
  flags: 'sSIivLkfgGNOJnRZ#46012pqajV',
  values: 'oHXdwmuAebcTFxYyCrEtzhKP',
  long: {
    silent: 's',
    'show-error': 'S',
    head: 'I',
    include: 'i',
    verbose: 'v',
    location: 'L',
    insecure: 'k',
    fail: 'f',
    'fail-with-body': 'f',
    globoff: 'g',
    get: 'G',
    'no-buffer': 'N',
    'remote-name': 'O',
    output: 'o',
    header: 'H',
    request: 'X',
    data: 'd',
    'data-ascii': 'd',
    'data-raw': 'raw=',
    'data-binary': 'binary=',
    'data-urlencode': 'urlencode=',
    json: 'json=',
    'write-out': 'w',
    'max-time': 'm',
    user: 'u',
    'user-agent': 'A',
    referer: 'e',
    cookie: 'b',
    'cookie-jar': 'c',
    'upload-file': 'T',
    form: 'F',
    proxy: 'x',
    range: 'r',
    cert: 'E',
    'connect-timeout': 'connect-timeout=',
    resolve: 'resolve=',
    'connect-to': 'connect-to=',
    retry: 'retry=',
    'retry-delay': 'retry-delay=',
    'max-redirs': 'max-redirs=',
    cacert: 'cacert=',
    key: 'key=',
    'retry-max-time': 'retry-max-time=',
    url: 'url=',
    'unix-socket': 'unix-socket=',
    'retry-connrefused': 'R',
    'retry-all-errors': 'R',
    compressed: 'n',
    'http1.1': '1',
    'http1.0': '0',
    http2: '2',
    ipv4: '4',
    ipv6: '6',
    'no-progress-meter': 's',
    'progress-bar': '#',
    'path-as-is': 'path-as-is',
    noproxy: 'K',
    version: 'V',
    'tr-encoding': 'n',
    'no-keepalive': 'n',
  },
};

export interface CurlOptions {
  urls: string[];
  silent: boolean;
  showError: boolean;
  head: boolean;
  include: boolean;
  verbose: boolean;
  follow: boolean;
  insecure: boolean;
  fail: boolean;
  remoteName: boolean;
  version: boolean;
  pathAsIs: boolean;
  outputs: readonly string[];
  headers: readonly string[];
  method: string | undefined;
  data: readonly { kind: 'plain' | 'raw' | 'binary' | 'urlencode' | 'json'; text: string }[];
  asQuery: boolean;
  writeOut: string | undefined;
  maxTimeMs: number | undefined;
  connectTimeoutMs: number | undefined;
  user: string | undefined;
  agent: string | undefined;
  referrer: string | undefined;
  cookie: string | undefined;
  upload: string | undefined;
  range: string | undefined;
  resolve: ReadonlyMap<string, string>;
  connectTo: readonly string[];
  retries: number;
  retryDelayMs: number;
  retryRefused: boolean;
  maxRedirects: number;
  caFile: string | undefined;
  certFile: string | undefined;
  keyFile: string | undefined;
  form: readonly string[];
}

export { OptionProblem };

/** Throws OptionProblem. */
export function parseCurl(args: readonly string[]): CurlOptions {
  const options = new Options(args, TABLE);
  const kinds: Readonly<Record<string, CurlOptions['data'][number]['kind']>> = {
    d: 'plain',
    raw: 'raw',
    binary: 'binary',
    urlencode: 'urlencode',
    json: 'json',
  };
  const seconds = (letter: string): number | undefined =>
    options.value(letter) === undefined ? undefined : Number(options.value(letter)) * 1000;
  return {
    urls: [...options.all('url'), ...options.operands],
    silent: options.has('s'),
    showError: options.has('S'),
    head: options.has('I'),
    include: options.has('i'),
    verbose: options.has('v'),
    follow: options.has('L'),
    insecure: options.has('k'),
    fail: options.has('f'),
    remoteName: options.has('O'),
    version: options.has('V'),
    pathAsIs: options.has('path-as-is'),
    outputs: options.all('o'),
    headers: options.all('H'),
    method: options.value('X'),
    data: Object.entries(kinds).flatMap(([letter, kind]) => options.all(letter).map((text) => ({ kind, text }))),
    asQuery: options.has('G'),
    writeOut: options.value('w'),
    maxTimeMs: seconds('m'),
    connectTimeoutMs: seconds('connect-timeout'),
    user: options.value('u'),
    agent: options.value('A'),
    referrer: options.value('e'),
    cookie: options.value('b'),
    upload: options.value('T'),
    range: options.value('r'),
    resolve: new Map(
      options
        .all('resolve')
        .map((text): [string, string] => [text.split(':').slice(0, 2).join(':').replace(/^\+/, ''), text.split(':').slice(2).join(':')]),
    ),
    connectTo: options.all('connect-to'),
    retries: Number(options.value('retry') ?? 0),
    retryDelayMs: seconds('retry-delay') ?? 1000,
    retryRefused: options.has('R'),
    maxRedirects: Number(options.value('max-redirs') ?? 50),
    caFile: options.value('cacert'),
    certFile: options.value('E'),
    keyFile: options.value('key'),
    form: options.all('F'),
  };
}
