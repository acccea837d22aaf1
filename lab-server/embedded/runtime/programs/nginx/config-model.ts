// What an nginx configuration means once it is read: servers, locations, and what holds in each.
import type { TextPattern } from '../text-pattern.ts';

export interface Listen {
  address: string;
  port: number;
  isDefault: boolean;
  ssl: boolean;
}

export interface ErrorPage {
  status: number;
  /** `=200` replaces the status, `=` takes the page's own. */
  replaceStatus: number | 'own' | undefined;
  target: string;
}

/** What a block inherits and may replace. */
export interface Settings {
  root: string;
  alias: string | undefined;
  index: readonly string[];
  autoindex: boolean;
  errorPages: readonly ErrorPage[];
  headers: readonly { name: string; value: string; always: boolean }[];
  defaultType: string;
  types: ReadonlyMap<string, string>;
  charset: string | undefined;
  accessLog: readonly { path: string; format: string }[];
  errorLog: string;
  serverTokens: boolean;
  etag: boolean;
  expires: string | undefined;
  maxBodyBytes: number;
  access: readonly { allow: boolean; source: string }[];
  proxyHeaders: readonly { name: string; value: string }[];
  proxyTimeoutMs: number;
  proxyConnectTimeoutMs: number;
  gzip: boolean;
  absoluteRedirect: boolean;
}

export type Step =
  | { kind: 'return'; status: number; text: string | undefined }
  | { kind: 'rewrite'; pattern: TextPattern; replacement: string; flag: 'last' | 'break' | 'redirect' | 'permanent' | undefined }
  | { kind: 'set'; name: string; value: string }
  | { kind: 'break' }
  | { kind: 'if'; condition: Condition; steps: readonly Step[] };

export type Condition =
  | { kind: 'truthy'; value: string }
  | { kind: 'equals'; left: string; right: string; negated: boolean }
  | { kind: 'matches'; left: string; pattern: TextPattern; negated: boolean }
  | { kind: 'file'; test: 'f' | 'd' | 'e' | 'x'; path: string; negated: boolean };

export type Content =
  | { kind: 'static' }
  | { kind: 'proxy'; target: string }
  | { kind: 'stub-status' }
  | { kind: 'empty-gif' }
  | { kind: 'unreachable-upstream' };

export interface Location {
  modifier: '' | '=' | '^~' | '~' | '~*' | '@';
  path: string;
  pattern: TextPattern | undefined;
  settings: Settings;
  steps: readonly Step[];
  tryFiles: readonly string[] | undefined;
  content: Content;
  internal: boolean;
  locations: readonly Location[];
}

export interface ServerBlock {
  listens: readonly Listen[];
  names: readonly string[];
  settings: Settings;
  steps: readonly Step[];
  tryFiles: readonly string[] | undefined;
  locations: readonly Location[];
}

export interface Upstream {
  name: string;
  servers: readonly { host: string; port: number; weight: number; backup: boolean }[];
  method: 'round-robin' | 'ip-hash' | 'least-conn';
}

export interface NginxConfig {
  servers: readonly ServerBlock[];
  upstreams: ReadonlyMap<string, Upstream>;
  maps: ReadonlyMap<
    string,
    { source: string; entries: readonly { key: string; pattern: TextPattern | undefined; value: string }[]; fallback: string }
  >;
  splits: ReadonlyMap<string, { source: string; shares: readonly { upTo: number; value: string }[] }>;
  logFormats: ReadonlyMap<string, string>;
  errorLog: string;
  pidFile: string;
  daemon: boolean;
  workerProcesses: number;
}
