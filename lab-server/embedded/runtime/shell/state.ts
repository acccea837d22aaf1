// Everything one shell knows. A subshell gets a copy; the process it runs as is its own.
import type { Process } from '../processes/process.ts';
import { Variables } from './variables.ts';
import type { FunctionDefinition } from './syntax.ts';
import type { Dialect } from './dialect.ts';

export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  noglob: boolean;
  noexec: boolean;
  noclobber: boolean;
  verbose: boolean;
  allexport: boolean;
  pipefail: boolean;
  monitor: boolean;
}

export interface Job {
  number: number;
  processes: readonly Process[];
  text: string;
  /** Set when it is over. */
  status: number | undefined;
}

export interface ShellState {
  process: Process;
  /** `$$`: the number of the shell itself, in its subshells as well. */
  shellPid: number;
  dialect: Dialect;
  interactive: boolean;
  variables: Variables;
  functions: Map<string, FunctionDefinition>;
  aliases: Map<string, string>;
  options: ShellOptions;
  shopt: Set<string>;
  /** `$0` */
  name: string;
  /** `$1` and on. */
  positional: readonly string[];
  lastStatus: number;
  lastBackground: number | undefined;
  /** Commands by signal number; 0 is EXIT. */
  traps: Map<number, string>;
  /** Signals that came and whose traps have not run yet. */
  pendingTraps: number[];
  /** Wakes a `wait` when a trapped signal comes. */
  onTrap: (() => void) | undefined;
  jobs: Job[];
  umask: number;
  /** How deep in `while`, `for` and functions the shell is: what `break` and `return` may leave. */
  loopDepth: number;
  functionDepth: number;
  /** `set -e` does not apply inside conditions. */
  inCondition: number;
  /** Line of the command that runs, for messages and LINENO. */
  line: number;
  subshellLevel: number;
  /** Time the shell began, for SECONDS. */
  startedAt: number;
  directories: string[];
  previousDirectory: string | undefined;
  /** What the last command substitution of an assignment returned: `x=$(false)` fails with it. */
  substitutionStatus: number;
  getoptsAt: { index: number; offset: number };
  history: string[];
}

export function createState(process: Process, dialect: Dialect, name: string): ShellState {
  const variables = Variables.fromEnvironment(process.env);
  if (variables.get('PWD') === undefined) {
    variables.set('PWD', process.cwd);
  }
  if (variables.get('IFS') === undefined) {
    variables.set('IFS', ' \t\n');
  }
  return {
    process,
    shellPid: process.pid,
    dialect,
    interactive: false,
    variables,
    functions: new Map(),
    aliases: new Map(),
    options: {
      errexit: false,
      nounset: false,
      xtrace: false,
      noglob: false,
      noexec: false,
      noclobber: false,
      verbose: false,
      allexport: false,
      pipefail: false,
      monitor: false,
    },
    shopt: new Set(),
    name,
    positional: [],
    lastStatus: 0,
    lastBackground: undefined,
    traps: new Map(),
    pendingTraps: [],
    onTrap: undefined,
    jobs: [],
    umask: 0o022,
    loopDepth: 0,
    functionDepth: 0,
    inCondition: 0,
    line: 1,
    subshellLevel: 0,
    startedAt: process.machine.clock.now(),
    directories: [],
    previousDirectory: undefined,
    substitutionStatus: 0,
    getoptsAt: { index: 1, offset: 0 },
    history: [],
  };
}

/** The state of a subshell that runs as `process`: traps are reset, jobs are not inherited. */
export function cloneState(state: ShellState, process: Process): ShellState {
  return {
    ...state,
    process,
    interactive: false,
    variables: state.variables.clone(),
    functions: new Map(state.functions),
    aliases: new Map(state.aliases),
    options: { ...state.options, monitor: false },
    shopt: new Set(state.shopt),
    traps: new Map(),
    pendingTraps: [],
    onTrap: undefined,
    jobs: [],
    directories: [...state.directories],
    getoptsAt: { ...state.getoptsAt },
    loopDepth: 0,
    subshellLevel: state.subshellLevel + 1,
  };
}
