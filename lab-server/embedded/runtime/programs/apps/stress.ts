// stress and vish/stress: take memory and processor time, as much as asked for.
import type { Process } from '../../processes/process.ts';
import { fork } from '../../processes/spawn.ts';
import { commandProgram } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { goFlags } from '../go-flags.ts';

/** How fast memory is touched, in bytes a millisecond. */
const BYTES_PER_MS = 1_000_000;
const SLICE_MS = 100;

function sizeOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|[KMG]i?B?)?$/i.exec(text);
  const unit = (match?.[2] ?? '').toUpperCase().slice(0, 1);
  return match ? Number(match[1]) * ({ K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[unit] ?? 1) : undefined;
}

/** A worker that only computes, until its process ends. */
async function hogCpu(process: Process): Promise<number> {
  for (;;) {
    process.cpuMs += SLICE_MS;
    await process.machine.cpu.work(SLICE_MS, process.signal);
  }
}

/** A worker that takes memory, holds it, and with `hang` rests between rounds. */
async function hogMemory(process: Process, bytes: number, hangMs: number | undefined): Promise<number> {
  for (;;) {
    for (let held = 0; held < bytes;) {
      held = Math.min(bytes, held + BYTES_PER_MS * SLICE_MS);
      process.holdMemory(held);
      await process.machine.cpu.work(Math.min(SLICE_MS, bytes / BYTES_PER_MS), process.signal);
    }
    if (hangMs === undefined) {
      await process.machine.cpu.work(SLICE_MS, process.signal);
    } else {
      await process.sleep(hangMs === 0 ? 3_600_000 : hangMs);
    }
  }
}

export const stress = commandProgram(
  {
    flags: 'vqn',
    values: 'cidmtb',
    long: {
      cpu: 'c',
      io: 'i',
      vm: 'm',
      hdd: 'd',
      timeout: 't',
      backoff: 'b',
      verbose: 'v',
      quiet: 'q',
      'dry-run': 'n',
      'vm-bytes': 'vm-bytes=',
      'vm-hang': 'vm-hang=',
      'vm-stride': 'vm-stride=',
      'vm-keep': 'vm-keep',
      'hdd-bytes': 'hdd-bytes=',
      version: 'version',
    },
  },
  async (command) => {
    const { process, options } = command;
    const counts = {
      cpu: Number(options.value('c') ?? 0),
      io: Number(options.value('i') ?? 0),
      vm: Number(options.value('m') ?? 0),
      hdd: Number(options.value('d') ?? 0),
    };
    const bytes = sizeOf(options.value('vm-bytes') ?? '256M');
    const limit = options.value('t') === undefined ? undefined : parseDuration(options.value('t') ?? '');
    if (counts.cpu + counts.io + counts.vm + counts.hdd === 0 || bytes === undefined) {
      await process.complain(
        `stress: FAIL: [${process.pid}] (244) ${bytes === undefined ? `unrecognized suffix: ${options.value('vm-bytes') ?? ''}` : 'incorrect argument'}\n`,
      );
      return 1;
    }
    await process.print(
      `stress: info: [${process.pid}] dispatching hogs: ${counts.cpu} cpu, ${counts.io} io, ${counts.vm} vm, ${counts.hdd} hdd\n`,
    );
    const hang = options.value('vm-hang');
    const spawnHog = (run: (child: Process) => Promise<number>): Process =>
      fork(
        process.machine,
        {
          argv: process.argv,
          env: process.env,
          cwd: process.cwd,
          identity: process.identity,
          descriptors: process.descriptors,
          parentPid: process.pid,
          processGroup: process.processGroup,
        },
        process.executable,
        run,
      );
    const hogs = [
      ...Array.from({ length: counts.cpu }, () => spawnHog(hogCpu)),
      ...Array.from({ length: counts.vm }, () =>
        spawnHog((child) => hogMemory(child, bytes, hang === undefined ? undefined : Number(hang) * 1000)),
      ),
      ...Array.from({ length: counts.io + counts.hdd }, () => spawnHog(async (child) => child.sleep(3_600_000).then(() => 0))),
    ];
    const ended = Promise.race(hogs.map((hog) => hog.exited.then((exit) => ({ hog, exit }))));
    const over = limit === undefined ? ended : Promise.race([ended, process.sleep(limit).then(() => undefined)]);
    const stopped = new Promise<never>((_resolve, reject) =>
      process.signal.addEventListener('abort', () => reject(process.signal.reason as Error), { once: true }),
    );
    const first = await Promise.race([over, stopped]);
    hogs.forEach((hog) => hog.deliver(9));
    if (first) {
      await process.complain(
        `stress: FAIL: [${process.pid}] (415) <-- worker ${first.hog.pid} got signal ${first.exit.signal ?? 0}\nstress: WARN: [${process.pid}] (417) now reaping child worker processes\nstress: FAIL: [${process.pid}] (451) failed run completed in 0s\n`,
      );
      return 1;
    }
    await process.print(`stress: info: [${process.pid}] successful run completed in ${Math.round((limit ?? 0) / 1000)}s\n`);
    return 0;
  },
);

/** vish/stress: `-cpus 2 -mem-total 100Mi -mem-alloc-size 10Mi -mem-alloc-sleep 1s`. */
export async function vishStress(process: Process): Promise<number> {
  const flags = goFlags(process.argv.slice(1), {
    cpus: 'value',
    'mem-total': 'value',
    'mem-alloc-size': 'value',
    'mem-alloc-sleep': 'value',
    logtostderr: 'flag',
  });
  if (flags.problem !== undefined) {
    await process.complain(`${flags.problem}\n`);
    return 2;
  }
  const total = sizeOf(flags.value('mem-total') ?? '0') ?? 0;
  const step = sizeOf(flags.value('mem-alloc-size') ?? '4Ki') ?? 4096;
  const pause =
    parseDuration(
      (flags.value('mem-alloc-sleep') ?? '1ms').replace(/(\d+)ms$/, (_whole, milliseconds: string) => String(Number(milliseconds) / 1000)),
    ) ?? 1;
  const log = (text: string): Promise<void> => process.complain(`I1124 00:00:00.000000       1 main.go:26] ${text}\n`);
  await log(
    `Allocating "${flags.value('mem-total') ?? '0'}" memory, in "${flags.value('mem-alloc-size') ?? '4Ki'}" chunks, with a ${flags.value('mem-alloc-sleep') ?? '1ms'} sleep between allocations`,
  );
  for (let cpu = 0; cpu < Number(flags.value('cpus') ?? 0); cpu += 1) {
    await log('Spawning a thread to consume CPU');
    void hogCpu(process).catch(() => undefined);
  }
  for (let held = 0; held < total; held += step) {
    process.holdMemory(Math.min(total, held + step));
    await process.sleep(Math.max(1, pause));
  }
  await log(`Allocated "${flags.value('mem-total') ?? '0'}" memory`);
  await process.sleep(365 * 86_400_000);
  return 0;
}
