// The learner's machine: files and shells, whatever isolates them.
import type { Readable } from 'node:stream';
import type { Availability, Leftover, WorkspaceAccess } from '../sandboxes/sandbox.ts';
import type { Terminal, TerminalSize } from '../terminals/terminal.ts';
import type { WorkspaceFiles } from './files.ts';

export interface WorkspaceSpec {
  labId: string;
  /** A folder of this lab's own on the server's disk; the home folder and run-time sockets live below it. */
  folder: string;
  /** Starter files below the home folder, by relative path; written only where no file of that name exists. */
  files: Record<string, string>;
  access: readonly WorkspaceAccess[];
  limits: WorkspaceLimits;
}

export interface WorkspaceLimits {
  /** Of the home folder, in bytes. */
  diskBytes: number;
  files: number;
  memoryBytes: number;
  processes: number;
  openFiles: number;
  /** Processors' worth of time, where the machine lets it be limited; 1 where absent. */
  cpus?: number;
}

/** One of our own programs that a workspace offers beside the system's: it runs on this server's Node.js. */
export interface WorkspaceProgram {
  /** What the learner types. */
  name: string;
  /** Absolute path of the folder that `entry` and `folders` are relative to. */
  root: string;
  /** The file that Node.js runs, relative to `root`. */
  entry: string;
  /** Everything that the program reads, relative to `root`; nothing else of `root` is visible in the workspace. */
  folders: readonly string[];
}

export interface RunOptions {
  /** Relative to the home folder; the home folder itself where absent. */
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Output beyond this many bytes is dropped and said so. */
  maxOutputBytes?: number;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface Workspace extends AsyncDisposable {
  readonly driver: string;
  /** False where the learner's shell is the server's own user on the server's own machine. */
  readonly isolated: boolean;
  /** Opens a new terminal; its id is stable across server restarts. */
  openTerminal(size: TerminalSize): Promise<Terminal>;
  /** Terminals that are still running, after a server restart too. */
  terminals(): Promise<Terminal[]>;
  /** A terminal by its id, one that ended a moment ago included. */
  findTerminal(id: string): Promise<Terminal | undefined>;
  /** Resolves when the addresses that the sandboxes publish can be reached from inside. A terminal does not wait for that, `run` does. */
  reachable(): Promise<void>;
  run(command: string[], options: RunOptions): Promise<RunResult>;
  readonly files: WorkspaceFiles;
  /** The home folder as a .tar.gz, as it is made. */
  pack(): Promise<Readable>;
  /** Unpacks a .tar.gz into the home folder. Rejects with `ARCHIVE_INVALID` (400) or `FILE_QUOTA` (507). */
  unpack(archive: Readable): Promise<void>;
  /** Ends every process in it; files stay. */
  suspend(): Promise<void>;
  /** Ends every process and removes the files. */
  close(): Promise<Leftover[]>;
}

export interface WorkspaceDriver {
  readonly name: 'bubblewrap' | 'docker' | 'pod' | 'host';
  /** True where workspaces are not kept from one another. */
  readonly isForOnePerson?: boolean;
  probe(): Promise<Availability>;
  /** Creates the workspace of a lab, or takes up the one that still runs from before a server restart. */
  create(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace>;
}
