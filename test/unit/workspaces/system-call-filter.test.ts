// The system call filter, run by an interpreter of its instructions (linux/filter.h).
import { expect, test } from 'vitest';
import { systemCallFilter } from '../../../lab-server/workspaces/bubblewrap/system-call-filter.ts';

const X64 = 0xc000003e;
const ARM64 = 0xc00000b7;
const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;

/** Runs the program on struct seccomp_data { int nr; u32 arch; u64 ip; u64 args[6] }. */
function decide(architecture: NodeJS.Architecture, audit: number, number: number, secondArgument = 0): number {
  const program = systemCallFilter(architecture);
  if (!program) {
    throw new Error('there is no filter');
  }
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  data.writeUInt32LE(secondArgument, 24);
  let accumulator = 0;
  for (let index = 0; ; index++) {
    const code = program.readUInt16LE(index * 8);
    const value = program.readUInt32LE(index * 8 + 4);
    if (code === 0x06) {
      return value;
    }
    if (code === 0x20) {
      accumulator = data.readUInt32LE(value);
    } else {
      const holds = code === 0x15 ? accumulator === value : accumulator >= value;
      index += program.readUInt8(index * 8 + (holds ? 2 : 3));
    }
  }
}

test.each([
  ['read', 0],
  ['clone', 56],
  ['execve', 59],
  ['ptrace of own processes', 101],
  ['openat', 257],
  ['statx', 332],
  ['clone3', 435],
])('%s is allowed', (_name, number) => {
  expect(decide('x64', X64, number)).toBe(ALLOW);
});

test.each([
  ['syslog', 103, 116],
  ['mount', 165, 40],
  ['add_key', 248, 217],
  ['keyctl', 250, 219],
  ['unshare', 272, 97],
  ['perf_event_open', 298, 241],
  ['setns', 308, 268],
  ['bpf', 321, 280],
  ['userfaultfd', 323, 282],
  ['fsopen', 430, 430],
])('%s is refused on both architectures', (_name, onX64, onArm64) => {
  expect(decide('x64', X64, onX64)).toBe(EPERM);
  expect(decide('arm64', ARM64, onArm64)).toBe(EPERM);
});

test('io_uring is said not to exist, so that programs do without', () => {
  expect(decide('x64', X64, 425)).toBe(ENOSYS);
});

test('typing into a terminal from a program is refused, other ioctls are allowed', () => {
  expect(decide('x64', X64, 16, 0x5412)).toBe(EPERM);
  expect(decide('x64', X64, 16, 0x5413)).toBe(ALLOW);
  expect(decide('arm64', ARM64, 29, 0x5412)).toBe(EPERM);
});

test('calls by another numbering are refused', () => {
  expect(decide('x64', 0x40000003, 4)).toBe(EPERM);
  expect(decide('x64', X64, 0x40000000 + 59)).toBe(EPERM);
});

test('there is none for an architecture whose numbers are not known', () => {
  expect(systemCallFilter('riscv64')).toBeUndefined();
});
