// The processes of a terminal's session, to end them in good order. The session's first process may be one that only waits for those in
// a lab's namespaces (nsenter); killed before them it would leave them to the machine's process 1, which may not wait for them.
import { readdirSync, readFileSync } from 'node:fs';

interface Member {
  pid: number;
  group: number;
}

/** Sends SIGHUP, as a terminal window does when it is closed, to the shell and its jobs: everything that left the leader's process group. */
export function hangUpSession(leader: number): void {
  const members = sessionMembers(leader).filter(({ group }) => group !== leader);
  for (const { pid } of members) {
    signal(pid, 'SIGHUP');
    // A stopped job does not see it otherwise.
    signal(pid, 'SIGCONT');
  }
  if (members.length === 0) {
    signal(leader, 'SIGHUP');
  }
}

/** Kills the session. The leader is left to end by itself when others were there for it to wait for. */
export function killSession(leader: number): void {
  const members = sessionMembers(leader).filter(({ pid }) => pid !== leader);
  for (const { pid } of members) {
    signal(pid, 'SIGKILL');
  }
  if (members.length === 0) {
    signal(leader, 'SIGKILL');
  }
}

/** Without a /proc, as on macOS, none: there the leader is the shell itself. */
function sessionMembers(leader: number): Member[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? memberOf(leader, name) : []));
  } catch {
    return [];
  }
}

/** proc_pid_stat(5): after the name in brackets come state, parent, process group, session. */
function memberOf(leader: number, id: string): Member[] {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'latin1');
    const [state, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(session) === leader && state !== 'Z' ? [{ pid: Number(id), group: Number(group) }] : [];
  } catch {
    // It ended while we looked.
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in this moment.
  }
}
