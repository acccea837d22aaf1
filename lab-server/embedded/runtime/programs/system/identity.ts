// id, whoami, groups, hostname, uname, arch, nproc, hostid, tty, stty, clear: who and where one is.
import { accountsOf, groupsOf } from '../../containers/users.ts';
import { commandProgram, type Command } from '../command.ts';

async function names(
  command: Command,
): Promise<{ user: string | undefined; group: string | undefined; groups: { gid: number; name: string }[] }> {
  const { uid, gid } = command.process.identity;
  const account = (await accountsOf(command.files)).find((candidate) => candidate.uid === uid);
  const groups = await groupsOf(command.files);
  const own = groups.filter((group) => group.gid === gid || (account !== undefined && group.members.includes(account.name)));
  return { user: account?.name, group: groups.find((candidate) => candidate.gid === gid)?.name, groups: own };
}

export const id = commandProgram(
  { flags: 'ugGnrz', long: { user: 'u', group: 'g', groups: 'G', name: 'n', real: 'r' } },
  async (command) => {
    const { options, process } = command;
    let { uid, gid } = process.identity;
    let { user, group, groups } = await names(command);
    const [wanted] = command.operands;
    if (wanted !== undefined) {
      const account = (await accountsOf(command.files)).find((candidate) => candidate.name === wanted || String(candidate.uid) === wanted);
      if (!account) {
        await command.complain(command.busybox ? `unknown user ${wanted}` : `'${wanted}': no such user`);
        return 1;
      }
      ({ uid, gid } = account);
      user = account.name;
      const all = await groupsOf(command.files);
      group = all.find((candidate) => candidate.gid === gid)?.name;
      groups = all.filter((candidate) => candidate.gid === gid || candidate.members.includes(account.name));
    }
    const labelled = (number: number, name: string | undefined): string => (name === undefined ? String(number) : `${number}(${name})`);
    if (options.has('u')) {
      await command.print(`${options.has('n') ? (user ?? uid) : uid}\n`);
    } else if (options.has('g')) {
      await command.print(`${options.has('n') ? (group ?? gid) : gid}\n`);
    } else if (options.has('G')) {
      await command.print(
        `${(groups.length > 0 ? groups.map((entry) => (options.has('n') ? entry.name : entry.gid)) : [gid]).join(' ')}\n`,
      );
    } else {
      const list = groups.length > 0 ? groups.map((entry) => labelled(entry.gid, entry.name)).join(',') : labelled(gid, group);
      await command.print(`uid=${labelled(uid, user)} gid=${labelled(gid, group)} groups=${list}\n`);
    }
    return 0;
  },
);

export const whoami = commandProgram({}, async (command) => {
  const { user } = await names(command);
  if (user === undefined) {
    await command.complain(
      command.busybox ? `unknown uid ${command.process.identity.uid}` : `cannot find name for user ID ${command.process.identity.uid}`,
    );
    return 1;
  }
  await command.print(`${user}\n`);
  return 0;
});

export const groups = commandProgram({}, async (command) => {
  const found = await names(command);
  await command.print(`${found.groups.map((group) => group.name).join(' ') || command.process.identity.gid}\n`);
  return 0;
});

/** Nobody logs in to a container. */
export const users = commandProgram({ flags: 'abdHlmpqrstTu' }, async () => 0);

export const hostname = commandProgram(
  { flags: 'sfidIA', values: 'F', long: { short: 's', fqdn: 'f', long: 'f', 'ip-address': 'i', 'all-ip-addresses': 'I' } },
  async (command) => {
    const { machine } = command.process;
    if (command.operands.length > 0) {
      await command.complain(command.busybox ? 'sethostname: Operation not permitted' : 'you must be root to change the host name');
      return 1;
    }
    const { options } = command;
    await command.print(
      `${options.has('i') || options.has('I') ? machine.endpoint.address : options.has('s') ? (machine.hostname.split('.')[0] ?? '') : machine.hostname}\n`,
    );
    return 0;
  },
);

export const uname = commandProgram(
  {
    flags: 'asnrvmpio',
    long: {
      all: 'a',
      'kernel-name': 's',
      nodename: 'n',
      'kernel-release': 'r',
      'kernel-version': 'v',
      machine: 'm',
      'operating-system': 'o',
    },
  },
  async (command) => {
    const { options, process } = command;
    const parts: Record<string, string> = {
      s: 'Linux',
      n: process.machine.hostname,
      r: '6.12.0-dockside',
      v: '#1 SMP PREEMPT_DYNAMIC',
      m: 'x86_64',
      o: command.busybox ? 'Linux' : 'GNU/Linux',
    };
    const letters = options.has('a') ? Object.keys(parts) : Object.keys(parts).filter((letter) => options.has(letter));
    await command.print(`${(letters.length > 0 ? letters : ['s']).map((letter) => parts[letter]).join(' ')}\n`);
    return 0;
  },
);

export const arch = commandProgram({}, async (command) => {
  await command.print('x86_64\n');
  return 0;
});

export const nproc = commandProgram({ long: { all: 'a' }, flags: 'a' }, async (command) => {
  await command.print('2\n');
  return 0;
});

export const hostid = commandProgram({}, async (command) => {
  await command.print('007f0100\n');
  return 0;
});

export const tty = commandProgram({ flags: 's' }, async (command) => {
  const terminal = command.process.descriptors.get(0)?.terminal;
  await command.print(terminal ? '/dev/pts/0\n' : 'not a tty\n');
  return terminal ? 0 : 1;
});

export const stty = commandProgram({ flags: 'ag', values: 'F', stopAtOperand: true }, async (command) => {
  const terminal = command.process.descriptors.get(0)?.terminal;
  if (!terminal) {
    await command.complain(command.busybox ? 'standard input: Not a tty' : "'standard input': Inappropriate ioctl for device");
    return 1;
  }
  const { cols, rows } = terminal.size();
  if (command.operands[0] === 'size') {
    await command.print(`${rows} ${cols}\n`);
  } else if (command.operands.length === 0) {
    await command.print(`speed 38400 baud; rows ${rows}; columns ${cols};\n`);
  } else {
    for (const word of command.operands) {
      if (word === 'raw' || word === '-icanon') {
        terminal.setRaw(true);
      } else if (word === 'sane' || word === 'cooked' || word === '-raw' || word === 'icanon') {
        terminal.setRaw(false);
      }
    }
  }
  return 0;
});

export const clear = commandProgram({}, async (command) => {
  await command.print('\u001b[H\u001b[J\u001b[3J');
  return 0;
});
