// The one place where simulated time becomes a Date, because just-bash's file system interface asks for one.

/** A Date for a moment given by the Clock, in milliseconds since the epoch. */
export function dateAt(milliseconds: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- converts a moment the Clock gave; takes no time of its own
  return new Date(milliseconds);
}
