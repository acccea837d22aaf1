// All builtin commands by name.
import type { Dialect } from '../dialect.ts';
import type { Builtin } from './builtin.ts';
import * as control from './control.ts';
import * as directories from './directories.ts';
import * as io from './input-output.ts';
import * as jobs from './jobs.ts';
import * as lookup from './lookup.ts';
import { trap } from './traps.ts';
import * as variables from './variables.ts';

const doNothing: Builtin = { run: async () => 0 };
/** `exec` is part of the interpreter, since it replaces it; here it only has its name. */
const exec: Builtin = { special: true, run: async () => 0 };

const BUILTINS: Readonly<Record<string, Builtin>> = {
  '.': control.source,
  ':': control.colon,
  '[': io.test,
  alias: io.alias,
  bg: jobs.background,
  bind: { dialects: ['bash'], run: async () => 0 },
  break: control.breakLoop,
  builtin: { ...lookup.command, dialects: ['bash'] },
  cd: directories.cd,
  command: lookup.command,
  continue: control.continueLoop,
  declare: variables.declare,
  dirs: directories.dirs,
  disown: { dialects: ['bash'], run: async () => 0 },
  echo: io.echo,
  enable: { dialects: ['bash'], run: async () => 0 },
  eval: control.evalCommand,
  exec,
  exit: control.exit,
  export: variables.exportVariables,
  false: control.falseCommand,
  fg: jobs.foreground,
  getopts: variables.getopts,
  hash: doNothing,
  history: io.history,
  jobs: jobs.jobs,
  kill: jobs.kill,
  let: variables.letArithmetic,
  local: variables.local,
  logout: { ...control.exit, dialects: ['bash'] },
  mapfile: io.mapfile,
  popd: directories.popd,
  printf: io.printf,
  pushd: directories.pushd,
  pwd: directories.pwd,
  read: io.read,
  readarray: io.mapfile,
  readonly: variables.readonlyVariables,
  return: control.returnFromFunction,
  set: variables.set,
  shift: variables.shift,
  shopt: io.shopt,
  source: { ...control.source, dialects: ['ash', 'bash'] },
  test: io.test,
  times: { special: true, run: async ({ state }) => (await state.process.print('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n'), 0) },
  trap,
  true: control.trueCommand,
  type: lookup.type,
  typeset: variables.declare,
  ulimit: directories.ulimit,
  umask: directories.umask,
  unalias: io.unalias,
  unset: variables.unset,
  wait: jobs.wait,
};

export function findBuiltin(name: string, dialect: Dialect): Builtin | undefined {
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
  return builtin && (builtin.dialects?.includes(dialect.kind) ?? true) ? builtin : undefined;
}

export function builtinNamesOf(dialect: Dialect): string[] {
  return Object.keys(BUILTINS).filter((name) => findBuiltin(name, dialect) !== undefined);
}
