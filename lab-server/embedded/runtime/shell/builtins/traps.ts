// trap: commands that run when a signal comes or the shell ends.
import { signalName, signalNames, signalNumber } from '../../processes/signals.ts';
import { complain, print, quoted, type Builtin, type BuiltinCall } from './builtin.ts';

export const trap: Builtin = {
  special: true,
  async run(call) {
    const { state } = call;
    const args = call.args[0] === '--' ? call.args.slice(1) : call.args;
    if (args[0] === '-l') {
      await print(
        call,
        `${signalNames()
          .map((name) => `SIG${name}`)
          .join(' ')}\n`,
      );
      return 0;
    }
    if (args.length === 0 || args[0] === '-p') {
      for (const [signal, command] of state.traps) {
        const name = signal === 0 ? 'EXIT' : (signalName(signal) ?? String(signal));
        await print(call, `trap -- ${quoted(command)} ${state.dialect.kind === 'bash' && signal !== 0 ? `SIG${name}` : name}\n`);
      }
      return 0;
    }
    const resets = args[0] === '-' || (args.length === 1 && signalNumber(args[0] ?? '') !== undefined);
    const command = resets ? undefined : args[0];
    let status = 0;
    for (const name of args[0] === '-' || !resets ? args.slice(1) : args) {
      const signal = ['EXIT', '0'].includes(name) ? 0 : signalNumber(name);
      if (signal === undefined) {
        if (['ERR', 'DEBUG', 'RETURN'].includes(name) && state.dialect.kind === 'bash') {
          continue;
        }
        await complain(call, state.dialect.kind === 'bash' ? `${name}: invalid signal specification` : `${name}: bad trap`);
        status = 1;
        continue;
      }
      setTrap(call, signal, command);
    }
    return status;
  },
};

function setTrap(call: BuiltinCall, signal: number, command: string | undefined): void {
  const { state } = call;
  const { process } = state;
  if (command === undefined) {
    state.traps.delete(signal);
    process.onSignal(signal, undefined);
    return;
  }
  state.traps.set(signal, command);
  if (signal === 0) {
    return;
  }
  process.onSignal(
    signal,
    command === ''
      ? 'ignore'
      : () => {
          state.pendingTraps.push(signal);
          state.onTrap?.();
        },
  );
}
