// Compose's short notations (sizes, ports, durations, NAME=VALUE lists, command lines) as task definitions write them.

const MEBIBYTE = 1024 ** 2;
const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: MEBIBYTE, g: 1024 ** 3 };

/** Whole MiB of `512m`, `1.5g`, or a number of bytes. Undefined when it is not a size. */
export function mebibytes(value: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmg]?)i?b?$/i.exec(String(value).trim());
  const unit = UNITS[(match?.[2] || 'b').toLowerCase()];
  return match && unit ? Math.floor((Number(match[1]) * unit) / MEBIBYTE) : undefined;
}

/** Seconds of `1m30s`, `500ms` (rounded up to 1 s), `10s`. */
export function seconds(value: string): number | undefined {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|us|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== value.trim()) {
    return undefined;
  }
  const each: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 0.000001 };
  return Math.ceil(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (each[unit ?? ''] ?? 0), 0));
}

export interface Port {
  hostPort?: number;
  containerPort: number;
  protocol: 'tcp' | 'udp';
}

/** Ports of `80`, `8080:80`, `127.0.0.1:8080:80`, `53:53/udp`, `8000-8002:9000-9002`. Undefined when it is none of these. */
export function ports(value: string): Port[] | undefined {
  const match = /^(?:(?:[\d.]+:|\[[\da-f:]+\]:)?(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/i.exec(value.trim());
  if (!match) {
    return undefined;
  }
  const [, hostFrom, hostTo, from, to, protocol] = match;
  const first = Number(from);
  const count = Number(to ?? from) - first + 1;
  const hostFirst = hostFrom ? Number(hostFrom) : undefined;
  const hostCount = hostFirst === undefined ? count : Number(hostTo ?? hostFrom) - hostFirst + 1;
  if (count < 1 || hostCount !== count || first < 1 || first + count > 65536 || (hostFirst ?? 0) + count > 65536) {
    return undefined;
  }
  return Array.from({ length: count }, (_, index) => ({
    ...(hostFirst === undefined ? {} : { hostPort: hostFirst + index }),
    containerPort: first + index,
    protocol: protocol?.toLowerCase() === 'udp' ? 'udp' : 'tcp',
  }));
}

/** NAME=VALUE lists and maps alike. A name without a value takes it from the environment that ecs-cli runs in, as Compose does. */
export function pairs(
  value: Readonly<Record<string, string | null>> | readonly string[] | undefined,
  env: NodeJS.ProcessEnv,
): [string, string][] {
  const entries: [string, string | null][] = Array.isArray(value)
    ? value.map((line: string) =>
        line.includes('=') ? [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] : [line, null],
      )
    : Object.entries((value ?? {}) as Readonly<Record<string, string | null>>);
  return entries.flatMap(([name, given]) => {
    const text = given ?? env[name];
    return text === undefined ? [] : [[name, text]];
  });
}

/** The words of a command line, with the quotes of a shell. */
export function words(value: string | readonly string[]): string[] {
  if (typeof value !== 'string') {
    return [...value];
  }
  return (value.match(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g) ?? []).map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
    ),
  );
}

/** `${NAME}`, `$NAME`, `${NAME:-default}` and `$$` in every string of a file. */
export function substitute(value: unknown, env: NodeJS.ProcessEnv): unknown {
  if (typeof value === 'string') {
    return value.replace(
      /\$(?:\$|(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
      (all, plain: string | undefined, braced: string | undefined, otherwise: string | undefined) =>
        all === '$$' ? '$' : env[plain ?? braced ?? ''] || (otherwise ?? ''),
    );
  }
  if (Array.isArray(value)) {
    return value.map((item) => substitute(item, env));
  }
  return value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, substitute(item, env)]))
    : value;
}
