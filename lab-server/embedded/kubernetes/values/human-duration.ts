// Ages and durations as kubectl and the server's tables print them (k8s.io/apimachinery/pkg/util/duration).
import { parseTime } from './iso-time.ts';

/** `45s`, `2m5s`, `3h12m`, `2d4h`, `400d`, `3y2d`: precise where short, coarse where long. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) {
    return '<invalid>';
  }
  if (seconds < 0) {
    return '0s';
  }
  if (seconds < 120) {
    return `${seconds}s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) {
    return withRest(minutes, 'm', seconds % 60, 's');
  }
  if (minutes < 180) {
    return `${minutes}m`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 8) {
    return withRest(hours, 'h', minutes % 60, 'm');
  }
  if (hours < 48) {
    return `${hours}h`;
  }
  const days = Math.floor(hours / 24);
  if (hours < 192) {
    return withRest(days, 'd', hours % 24, 'h');
  }
  if (hours < 24 * 365 * 2) {
    return `${days}d`;
  }
  const years = Math.floor(days / 365);
  if (hours < 24 * 365 * 8) {
    return withRest(years, 'y', days % 365, 'd');
  }
  return `${years}y`;
}

/** The age of a time: `<unknown>` where there is none. */
export function ageOf(time: string | null | undefined, now: number): string {
  const since = parseTime(time);
  return since === undefined ? '<unknown>' : humanDuration(now - since);
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}
