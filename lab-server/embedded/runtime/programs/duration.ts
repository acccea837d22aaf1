// Durations as sleep(1) and timeout(1) take them.
const UNITS: Readonly<Record<string, number>> = { '': 1_000, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `5`, `0.5`, `2m`, `1h`, `infinity` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^inf(inity)?$/i.test(text)) {
    return Infinity;
  }
  const match = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1_000) : undefined;
}
