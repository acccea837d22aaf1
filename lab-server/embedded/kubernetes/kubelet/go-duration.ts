// Durations as Go's time.Duration prints them, which is how the kubelet's messages show them: `850ms`, `1.2s`, `5m0s`.

export function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) {
    return milliseconds <= 0 ? '0s' : `${Math.trunc(milliseconds)}ms`;
  }
  const seconds = Math.trunc(milliseconds) / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Number((seconds % 60).toFixed(3));
  if (hours > 0) {
    return `${hours}h${minutes}m${rest}s`;
  }
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
