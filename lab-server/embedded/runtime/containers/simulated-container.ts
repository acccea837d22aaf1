// A container: its file system over the image, its processes, its log, and its life from created to exited.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../base/index.ts';
import { FileTree } from '../files/file-tree.ts';
import type { DirectoryNode } from '../files/nodes.ts';
import type { StorageBudget } from '../files/storage-budget.ts';
import { procDirectory } from '../files/proc.ts';
import { applyChanges, changesOf } from '../files/tree-changes.ts';
import { VirtualFileSystem } from '../files/virtual-file-system.ts';
import { Cpu } from '../processes/cpu.ts';
import { DEFAULT_PATH, ExecutableError } from '../processes/executables.ts';
import type { Machine } from '../processes/machine.ts';
import { Memory } from '../processes/memory.ts';
import { OpenFile } from '../processes/open-file.ts';
import type { Process, ProcessExit } from '../processes/process.ts';
import { ProcessTable } from '../processes/process-table.ts';
import { SIGKILL, SIGTERM, signalNumber } from '../processes/signals.ts';
import { spawn } from '../processes/spawn.ts';
import type { Container, ContainerExit, ContainerSnapshot, ContainerSpec, ExecOptions } from '../runtime.ts';
import { BoundedLog } from './container-log.ts';
import { runExec } from './exec.ts';
import { MainStreams } from './main-streams.ts';
import { startErrorOf, unknownUser } from './start-error.ts';
import { networkFiles } from './network-files.ts';
import { connectTerminal, type TerminalSession } from './terminal-session.ts';
import { identityOf, withHome } from './users.ts';

/** What a container's own bookkeeping takes in the simulated node. */
const BASE_MEMORY_BYTES = 512 * 1024;
/** A container without a limit can still not have more than the node. */
const NODE_MEMORY_BYTES = 4 * 1024 ** 3;

export interface ContainerHost {
  clock: Clock;
  storage: StorageBudget;
  /** Root directory of an image. */
  rootOf(reference: string): DirectoryNode;
  program: Machine['program'];
  reportCrash: Machine['reportCrash'];
}

export class SimulatedContainer implements Container {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly log: BoundedLog;
  readonly exited: Promise<ContainerExit>;
  readonly #imageRoot: DirectoryNode;
  readonly #machine: Machine;
  readonly #streams: MainStreams;
  readonly #terminal: TerminalSession | undefined;
  #state: Container['state'] = 'created';
  #startedAt: number | undefined;
  #main: Process | undefined;
  #oomKilled = false;
  #settle: (exit: ContainerExit) => void = () => undefined;

  constructor(host: ContainerHost, { restored, ...spec }: ContainerSpec) {
    this.id = spec.id ?? randomBytes(32).toString('hex');
    this.spec = spec;
    this.log = new BoundedLog(() => host.clock.now());
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#imageRoot = host.rootOf(spec.image.reference);
    const tree = new FileTree({ now: () => host.clock.now(), base: this.#imageRoot, budget: host.storage });
    if (restored) {
      applyChanges(tree, restored.files);
      this.log.restore(restored.log);
    }
    tree.put(
      '/proc',
      procDirectory(() => this.#machine, host.clock.now()),
      'mount',
    );
    for (const [path, content] of Object.entries(networkFiles(spec))) {
      tree.write(path, Buffer.from(content), 'mount');
    }
    this.#machine = {
      clock: host.clock,
      files: new VirtualFileSystem(tree, spec.mounts ?? [], { readOnlyRoot: spec.readOnlyRootFilesystem }),
      endpoint: spec.endpoint,
      hostname: spec.hostname,
      cpu: new Cpu(host.clock, spec.limits?.cpuMillicores),
      memory: new Memory(spec.limits?.memoryBytes ?? NODE_MEMORY_BYTES, () => this.#outOfMemory()),
      processes: new ProcessTable(),
      program: host.program,
      reportCrash: host.reportCrash,
    };
    this.#streams = new MainStreams(this.log, { stdin: (spec.stdin ?? false) && !spec.tty });
    this.#terminal = spec.tty ? connectTerminal(this.#machine, this.#streams.stdout) : undefined;
  }

  get state(): Container['state'] {
    return this.#state;
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get files(): VirtualFileSystem {
    return this.#machine.files;
  }

  async start(): Promise<void> {
    if (this.#state !== 'created') {
      throw new Error(`container ${this.id} was started already`);
    }
    const { image } = this.spec;
    const argv = [...(this.spec.entrypoint ?? image.entrypoint), ...(this.spec.command ?? (this.spec.entrypoint ? [] : image.command))];
    const user = this.spec.user ?? image.user;
    const identity = await identityOf(this.files, user === '' ? '0' : user);
    if (!identity) {
      throw unknownUser(user);
    }
    const cwd = this.spec.workingDir ?? image.workingDir;
    await this.files.mkdir(cwd, { recursive: true }).catch(() => undefined);
    const env = await withHome(this.files, this.environment(), identity);
    const descriptors = this.#mainDescriptors();
    try {
      this.#machine.memory.hold(this, BASE_MEMORY_BYTES);
      this.#main = await spawn(this.#machine, { argv, env, cwd, identity, descriptors, parentPid: 0 });
    } catch (error) {
      throw error instanceof ExecutableError ? startErrorOf(error) : error;
    } finally {
      for (const file of descriptors.values()) {
        file.release();
      }
    }
    if (this.#terminal) {
      this.#terminal.terminal.foregroundGroup = this.#main.processGroup;
    }
    this.#state = 'running';
    this.#startedAt = this.#machine.clock.now();
    void this.#main.exited.then((exit) => this.#end(exit));
  }

  async stop(graceMs: number): Promise<ContainerExit> {
    this.kill(signalNumber(this.spec.image.stopSignal) ?? SIGTERM);
    const timer = this.#machine.clock.schedule(graceMs, () => this.kill(SIGKILL));
    try {
      return await this.exited;
    } finally {
      timer[Symbol.dispose]();
    }
  }

  kill(signal = SIGKILL): void {
    if (this.#state === 'created') {
      this.#end({ exitCode: 128 + signal, signal });
    }
    this.#main?.deliver(signal);
  }

  exec(options: ExecOptions): Promise<number> {
    if (this.#state !== 'running') {
      return Promise.reject(new Error(`container ${this.id} is not running`));
    }
    return runExec(this.#machine, options, { env: this.environment(), spec: this.spec });
  }

  async attach(options: Parameters<Container['attach']>[0]): Promise<void> {
    const stop = this.#terminal?.serve({ stdin: this.spec.stdin ? options.stdin : undefined, sizes: options.sizes });
    try {
      await this.#streams.attach(options);
    } finally {
      stop?.();
    }
  }

  usage(): { cpuMillicores: number; memoryBytes: number } {
    if (this.#state !== 'running') {
      return { cpuMillicores: 0, memoryBytes: 0 };
    }
    const { cpu, memory, files } = this.#machine;
    return { cpuMillicores: cpu.millicores(), memoryBytes: memory.usedBytes + files.tree.writtenBytes };
  }

  setLimits({ cpuMillicores, memoryBytes }: NonNullable<ContainerSpec['limits']>): void {
    this.#machine.cpu.setLimit(cpuMillicores);
    this.#machine.memory.setLimit(memoryBytes ?? NODE_MEMORY_BYTES);
  }

  snapshot(): ContainerSnapshot {
    return { files: changesOf(this.files.tree, this.#imageRoot), log: this.log.lines() };
  }

  /** The environment every process of the container begins with. */
  environment(): Map<string, string> {
    const { image, env, hostname } = this.spec;
    return new Map(
      Object.entries({ PATH: DEFAULT_PATH, HOSTNAME: hostname, ...(this.spec.tty ? { TERM: 'xterm' } : {}), ...image.env, ...env }),
    );
  }

  #mainDescriptors(): Map<number, OpenFile> {
    if (this.#terminal) {
      const { terminal } = this.#terminal;
      const file = new OpenFile({ source: terminal.source, sink: terminal.sink, terminal });
      return new Map([
        [0, file],
        [1, file.retain()],
        [2, file.retain()],
      ]);
    }
    const { stdin, stdout, stderr } = this.#streams;
    return new Map([
      [0, new OpenFile({ source: stdin?.reader })],
      [1, new OpenFile({ sink: stdout })],
      [2, new OpenFile({ sink: stderr })],
    ]);
  }

  #outOfMemory(): void {
    this.#oomKilled = true;
    // With cgroup v2 the kubelet lets the kernel kill the whole group, not the one process that asked for too much.
    this.#main?.deliver(SIGKILL);
  }

  #end(exit: ProcessExit): void {
    if (this.#state === 'exited') {
      return;
    }
    this.#state = 'exited';
    for (const process of this.#machine.processes) {
      process.deliver(SIGKILL);
    }
    this.#streams.end();
    this.log.end();
    this.files.tree.releaseBudget();
    const now = this.#machine.clock.now();
    this.#settle({
      exitCode: exit.exitCode,
      ...(exit.signal === undefined ? {} : { signal: exit.signal }),
      oomKilled: this.#oomKilled,
      startedAt: this.#startedAt ?? now,
      finishedAt: now,
    });
  }
}
