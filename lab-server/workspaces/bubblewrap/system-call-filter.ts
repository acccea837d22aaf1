// The system calls that a workspace's programs may not make (a seccomp filter): those that reach kernel features which namespaces do not
// divide, or that exist to administer a machine. Everything that ordinary programs use stays.
// Format: linux/filter.h and seccomp(2). Numbers: asm/unistd.h of each architecture.

interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  audit: number;
  ioctl: number;
  denied: readonly number[];
}

/** Calls with the same number everywhere: the newer mount calls. */
const COMMON = [
  428, // open_tree
  429, // move_mount
  430, // fsopen
  431, // fsconfig
  432, // fsmount
  433, // fspick
  442, // mount_setattr
] as const;

/** Programs fall back to other calls when the kernel "does not have" these. */
const ABSENT = [425, 426, 427] as const; // io_uring_setup, io_uring_enter, io_uring_register

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    ioctl: 16,
    denied: [
      [103, 163, 179, 153, 212, 180], // syslog, acct, quotactl, vhangup, lookup_dcookie, nfsservctl
      [248, 249, 250], // add_key, request_key, keyctl
      [298, 321, 323, 312], // perf_event_open, bpf, userfaultfd, kcmp
      [246, 320, 175, 313, 176, 169, 167, 168], // kexec_load, kexec_file_load, *_module, reboot, swapon, swapoff
      [165, 166, 155, 161, 304, 272, 308], // mount, umount2, pivot_root, chroot, open_by_handle_at, unshare, setns
      [172, 173], // iopl, ioperm
    ].flat(),
  },
  arm64: {
    audit: 0xc00000b7,
    ioctl: 29,
    denied: [
      [116, 89, 60, 58, 18, 42], // syslog, acct, quotactl, vhangup, lookup_dcookie, nfsservctl
      [217, 218, 219], // add_key, request_key, keyctl
      [241, 280, 282, 272], // perf_event_open, bpf, userfaultfd, kcmp
      [104, 294, 105, 273, 106, 142, 224, 225], // kexec_load, kexec_file_load, *_module, reboot, swapon, swapoff
      [40, 39, 41, 51, 265, 97, 268], // mount, umount2, pivot_root, chroot, open_by_handle_at, unshare, setns
    ].flat(),
  },
};

/** ioctls that put input into a terminal as if it were typed. */
const DENIED_IOCTLS = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX

/** x86-64 kernels take a second numbering of all calls from here on. */
const X32_BIT = 0x40000000;

const EPERM = 1;
const ENOSYS = 38;
const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K
const ALLOW = 0x7fff0000;
const ERROR = 0x00050000;
/** Offsets in struct seccomp_data. */
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const SECOND_ARGUMENT_OFFSET = 24;

interface Instruction {
  code: number;
  /** Where a comparison that holds goes; the others go on with the next instruction. */
  to?: 'deny' | 'absent' | 'allow';
  /** Goes there where the comparison does not hold. */
  elseTo?: 'deny' | 'allow';
  value: number;
}

/** The filter as bwrap's --seccomp takes it; undefined for an architecture that it is not written for. */
export function systemCallFilter(architecture: NodeJS.Architecture): Buffer | undefined {
  const known = ARCHITECTURES[architecture];
  if (!known) {
    return undefined;
  }
  const instructions: Instruction[] = [
    { code: LOAD_WORD, value: ARCHITECTURE_OFFSET },
    // Calls of another architecture (32 bit) would have other numbers.
    { code: JUMP_EQUAL, value: known.audit, elseTo: 'deny' },
    { code: LOAD_WORD, value: NUMBER_OFFSET },
    ...(architecture === 'x64' ? [{ code: JUMP_AT_LEAST, value: X32_BIT, to: 'deny' } satisfies Instruction] : []),
    ...[...known.denied, ...COMMON].map((value): Instruction => ({ code: JUMP_EQUAL, value, to: 'deny' })),
    ...ABSENT.map((value): Instruction => ({ code: JUMP_EQUAL, value, to: 'absent' })),
    { code: JUMP_EQUAL, value: known.ioctl, elseTo: 'allow' },
    { code: LOAD_WORD, value: SECOND_ARGUMENT_OFFSET },
    ...DENIED_IOCTLS.map((value): Instruction => ({ code: JUMP_EQUAL, value, to: 'deny' })),
  ];
  return assemble(instructions);
}

/** Puts the three returns at the end and turns names into distances. */
function assemble(instructions: readonly Instruction[]): Buffer {
  const returns = { allow: ALLOW, deny: ERROR | EPERM, absent: ERROR | ENOSYS };
  const places = { allow: instructions.length, deny: instructions.length + 1, absent: instructions.length + 2 };
  const program = Buffer.alloc((instructions.length + Object.keys(returns).length) * 8);
  const put = (index: number, code: number, yes: number, no: number, value: number): void => {
    program.writeUInt16LE(code, index * 8);
    program.writeUInt8(yes, index * 8 + 2);
    program.writeUInt8(no, index * 8 + 3);
    program.writeUInt32LE(value, index * 8 + 4);
  };
  for (const [index, { code, to, elseTo, value }] of instructions.entries()) {
    put(index, code, to ? places[to] - index - 1 : 0, elseTo ? places[elseTo] - index - 1 : 0, value);
  }
  for (const [index, value] of Object.values(returns).entries()) {
    put(instructions.length + index, RETURN, 0, 0, value);
  }
  return program;
}
