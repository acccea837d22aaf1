// Starts a command with no open files but the standard three. node-pty leaves the other terminals' files open across exec, so without
// this a shell of one lab could read and type into the terminals of another; and whoever started the server may have left files open too.

export interface Command {
  file: string;
  args: readonly string[];
}

/** `/proc/self/fd/*` also matches the file of the look-up itself; closing it again is harmless. */
const CLOSE_OTHERS = 'for path in /proc/self/fd/*; do fd=${path##*/}; ((fd > 2)) && exec {fd}>&-; done; exec "$@"';

/** Wraps `command` so that it inherits only the three standard files. macOS needs no wrap: there node-pty closes them itself. */
export function withoutOtherFiles(command: Command): Command {
  if (process.platform !== 'linux') {
    return command;
  }
  return { file: '/bin/bash', args: ['--norc', '--noprofile', '-p', '-c', CLOSE_OTHERS, 'start', command.file, ...command.args] };
}
