// What all processes of one container share: its files, its network, its clock, its processor and its memory.
import type { Clock } from '../../../base/index.ts';
import type { VirtualFileSystem } from '../files/virtual-file-system.ts';
import type { NetworkEndpoint } from '../runtime.ts';
import type { Cpu } from './cpu.ts';
import type { Memory } from './memory.ts';
import type { ProcessTable } from './process-table.ts';
import type { Program } from './program.ts';

export interface Machine {
  readonly clock: Clock;
  readonly files: VirtualFileSystem;
  readonly endpoint: NetworkEndpoint;
  readonly hostname: string;
  readonly cpu: Cpu;
  readonly memory: Memory;
  readonly processes: ProcessTable;
  /** The program with this name; binaries in the image's files name theirs. */
  program(name: string): Promise<Program | undefined>;
  /** A program failed in a way that no real one would: our bug. */
  reportCrash(error: unknown, argv: readonly string[]): void;
}
