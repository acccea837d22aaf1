// `/proc` of a container: made when it is read, from the process table and the container's limits.
import type { Machine } from '../processes/machine.ts';
import type { Process } from '../processes/process.ts';
import { directoryNode, fileNode, linkNode, type DirectoryNode, type FsNode } from './nodes.ts';

const NODE_MEMORY_KB = 4_023_180;
const CPU_MODEL = 'Simulated CPU @ 2.50GHz';
/** Clock ticks a second, in which `/proc/PID/stat` counts. */
const TICKS = 100;

export function procDirectory(machine: () => Machine, bootedAt: number): DirectoryNode {
  return directoryNode(() => entries(machine(), bootedAt), { mode: 0o555, mtime: bootedAt });
}

function entries(machine: Machine, bootedAt: number): Map<string, FsNode> {
  const read = (content: () => string): FsNode => fileNode(content, { mode: 0o444, mtime: machine.clock.now() });
  const found = new Map<string, FsNode>([
    ['cpuinfo', read(() => [0, 1].map((core) => `processor\t: ${core}\nmodel name\t: ${CPU_MODEL}\ncpu MHz\t\t: 2500.000\n`).join('\n'))],
    ['filesystems', read(() => 'nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n\text4\n')],
    ['loadavg', read(() => `${(machine.cpu.millicores() / 1000).toFixed(2)} 0.05 0.01 1/${machine.processes.size} ${lastPid(machine)}\n`)],
    ['meminfo', read(() => meminfo(machine))],
    ['mounts', linkNode('self/mounts')],
    ['net', directoryNode(() => new Map([['dev', read(() => networkDevices())]]), { mode: 0o555 })],
    ['self', linkNode(String(lastPid(machine)))],
    ['stat', read(() => `cpu  0 0 0 0 0 0 0 0 0 0\nbtime ${Math.floor(bootedAt / 1000)}\nprocesses ${lastPid(machine)}\n`)],
    ['sys', directoryNode(() => new Map([['kernel', kernel(machine, read)]]), { mode: 0o555 })],
    ['uptime', read(() => `${seconds(machine.clock.now() - bootedAt)} ${seconds(machine.clock.now() - bootedAt)}\n`)],
    ['version', read(() => 'Linux version 6.12.0-dockside (simulated) #1 SMP PREEMPT_DYNAMIC\n')],
  ]);
  for (const process of machine.processes) {
    found.set(
      String(process.pid),
      directoryNode(() => processEntries(process, read), { mode: 0o555, mtime: process.startedAt }),
    );
  }
  return found;
}

function processEntries(process: Process, read: (content: () => string) => FsNode): Map<string, FsNode> {
  const { machine } = process;
  const limit = machine.memory.limitBytes;
  return new Map<string, FsNode>([
    ['cgroup', read(() => '0::/\n')],
    ['cmdline', read(() => process.argv.map((argument) => `${argument}\0`).join(''))],
    ['comm', read(() => `${commandName(process)}\n`)],
    ['cwd', linkNode(process.cwd)],
    ['environ', read(() => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(''))],
    ['exe', linkNode(process.executable)],
    ['fd', directoryNode(() => new Map([...process.descriptors.keys()].map((number) => [String(number), linkNode(`pipe:[${number}]`)])))],
    [
      'limits',
      read(
        () =>
          `Max open files            1048576              1048576              files\nMax address space         ${limit === Infinity ? 'unlimited' : limit}\n`,
      ),
    ],
    ['mounts', read(() => mounts(machine))],
    ['root', linkNode('/')],
    ['stat', read(() => statLine(process))],
    ['status', read(() => status(process))],
  ]);
}

export function commandName(process: Process): string {
  const name = process.argv[0] ?? '';
  return name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/:$/, '')
    .slice(0, 15);
}

function status(process: Process): string {
  const kilobytes = Math.ceil(process.machine.memory.heldBy(process) / 1024);
  const { uid, gid } = process.identity;
  return [
    `Name:\t${commandName(process)}`,
    'State:\tS (sleeping)',
    `Pid:\t${process.pid}`,
    `PPid:\t${process.parentPid}`,
    `Uid:\t${uid}\t${uid}\t${uid}\t${uid}`,
    `Gid:\t${gid}\t${gid}\t${gid}\t${gid}`,
    `VmRSS:\t${kilobytes} kB`,
    'Threads:\t1',
    '',
  ].join('\n');
}

function statLine(process: Process): string {
  const ticks = Math.round((process.cpuMs / 1000) * TICKS);
  const pages = Math.ceil(process.machine.memory.heldBy(process) / 4096);
  return `${process.pid} (${commandName(process)}) S ${process.parentPid} ${process.pid} ${process.pid} 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 0 0 ${pages}\n`;
}

function meminfo(machine: Machine): string {
  const used = Math.ceil(machine.memory.usedBytes / 1024);
  const free = Math.max(0, NODE_MEMORY_KB - used);
  return `MemTotal:       ${NODE_MEMORY_KB} kB\nMemFree:        ${free} kB\nMemAvailable:   ${free} kB\nBuffers:               0 kB\nCached:                0 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n`;
}

function mounts(machine: Machine): string {
  const own = machine.files.mounts.map((mount) => `tmpfs ${mount.path} tmpfs ${mount.readOnly ? 'ro' : 'rw'},relatime 0 0`);
  return [
    'overlay / overlay rw,relatime 0 0',
    'proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0',
    'tmpfs /dev tmpfs rw,nosuid 0 0',
    ...own,
    '',
  ].join('\n');
}

function kernel(machine: Machine, read: (content: () => string) => FsNode): FsNode {
  return directoryNode(
    () =>
      new Map([
        ['hostname', read(() => `${machine.hostname}\n`)],
        ['osrelease', read(() => '6.12.0-dockside\n')],
        ['ostype', read(() => 'Linux\n')],
      ]),
    { mode: 0o555 },
  );
}

function networkDevices(): string {
  return 'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n  eth0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n';
}

function lastPid(machine: Machine): number {
  return Math.max(1, ...[...machine.processes].map((process) => process.pid));
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
