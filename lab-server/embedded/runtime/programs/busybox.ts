// busybox: one program that becomes the applet of the name it was called by.
import type { Process } from '../processes/process.ts';
import type { Program } from '../processes/program.ts';
import { APPLETS } from '../images/image-files.ts';

/** Applets whose program has another name in the table. */
const PROGRAMS: Readonly<Record<string, string>> = { sh: 'ash', '[': 'test', ping6: 'ping' };

export async function busybox(process: Process): Promise<number> {
  let name = (process.argv[0] ?? '').replace(/^.*\//, '').replace(/^-/, '');
  if (name === 'busybox') {
    const applet = process.argv[1];
    if (applet === undefined || applet === '--help') {
      await process.print(
        `BusyBox v1.37.0 multi-call binary.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n\nCurrently defined functions:\n\t${APPLETS.join(', ')}\n`,
      );
      return 0;
    }
    if (applet === '--list') {
      await process.print(`${APPLETS.join('\n')}\n`);
      return 0;
    }
    name = applet;
    process.argv = process.argv.slice(1);
  }
  const program = APPLETS.includes(name) ? await programOf(process, name) : undefined;
  if (!program) {
    await process.complain(`${name}: applet not found\n`);
    return 127;
  }
  process.toolkit = 'busybox';
  return program(process);
}

function programOf(process: Process, name: string): Promise<Program | undefined> {
  return process.machine.program(PROGRAMS[name] ?? name);
}
