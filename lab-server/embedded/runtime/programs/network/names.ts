// nslookup, getent, host and dig: what the resolver answers.
import { isAddress } from '../../network/addresses.ts';
import { accountsOf, groupsOf } from '../../containers/users.ts';
import { commandProgram, type Command } from '../command.ts';
import { busyboxVersion } from '../busybox-version.ts';
import { resolveHost, resolverConfig } from './resolver.ts';

export const nslookup = commandProgram({ flags: 'd', values: 'tq', long: {} }, async (command) => {
  const [name, server] = command.operands.filter((operand) => !operand.startsWith('-'));
  if (name === undefined) {
    await command.complain('missing HOST');
    return 1;
  }
  const config = await resolverConfig(command.process);
  const nameserver = server ?? config.nameservers[0] ?? '127.0.0.11';
  const version = command.busybox ? await busyboxVersion(command.process) : undefined;
  if (version !== undefined && version < 1.29) {
    return oldNslookup(command, name, nameserver);
  }
  await command.print(`Server:\t\t${nameserver}\nAddress:\t${nameserver}${command.busybox ? ':53' : '#53'}\n\n`);
  return command.busybox ? newNslookup(command, name, config.search) : bindNslookup(command, name);
});

/** busybox before 1.29 asks the C library, which follows the search list and adds the reverse name. */
async function oldNslookup(command: Command, name: string, nameserver: string): Promise<number> {
  await command.print(`Server:    ${nameserver}\nAddress 1: ${nameserver}\n\n`);
  const addresses = await resolveHost(command.process, name);
  if (addresses.length === 0) {
    await command.process.complain(`nslookup: can't resolve '${name}'\n`);
    return 1;
  }
  await command.print(`Name:      ${name}\n${addresses.map((address, index) => `Address ${index + 1}: ${address} ${name}\n`).join('')}`);
  return 0;
}

/** Newer ones ask for every name themselves, once for IPv4 and once for IPv6: a name without a dot in each search domain. */
async function newNslookup(command: Command, name: string, search: readonly string[]): Promise<number> {
  const names = name.includes('.') || search.length === 0 ? [name] : search.map((domain) => `${name}.${domain}`);
  const answers = await Promise.all(
    names.map(async (full) => ({ full, addresses: await command.process.machine.endpoint.resolve(`${full.replace(/\.$/, '')}.`) })),
  );
  let text = '';
  for (const family of ['A', 'AAAA']) {
    for (const { full, addresses } of answers) {
      if (addresses.length === 0) {
        text += `** server can't find ${full.replace(/\.$/, '')}: NXDOMAIN\n\n`;
      } else if (family === 'A') {
        text += addresses.map((address) => `Name:\t${full.replace(/\.$/, '')}\nAddress: ${address}\n`).join('') + '\n';
      }
    }
  }
  await command.print(text);
  return answers.some(({ addresses }) => addresses.length > 0) ? 0 : 1;
}

async function bindNslookup(command: Command, name: string): Promise<number> {
  const addresses = await resolveHost(command.process, name);
  if (addresses.length === 0) {
    await command.print(`** server can't find ${name}: NXDOMAIN\n\n`);
    return 1;
  }
  await command.print(`${addresses.map((address) => `Name:\t${name}\nAddress: ${address}\n`).join('')}\n`);
  return 0;
}

export const dig = commandProgram({ flags: '46', values: 'tpx' }, async (command) => {
  const words = command.operands.filter((operand) => !/^[+@]/.test(operand) && !/^(A|AAAA|ANY|SRV|CNAME|IN)$/i.test(operand));
  const short = command.operands.includes('+short');
  const searches = command.operands.includes('+search');
  const [name = '.'] = words;
  const addresses = await (searches
    ? command.process.machine.endpoint.resolve(name)
    : command.process.machine.endpoint.resolve(`${name.replace(/\.$/, '')}.`));
  if (short) {
    await command.print(addresses.map((address) => `${address}\n`).join(''));
    return 0;
  }
  const { nameservers } = await resolverConfig(command.process);
  const answer =
    addresses.length > 0
      ? `;; ANSWER SECTION:\n${addresses.map((address) => `${name.replace(/\.$/, '')}.\t30\tIN\tA\t${address}\n`).join('')}\n`
      : '';
  await command.print(
    `\n; <<>> DiG 9.18 <<>> ${command.operands.join(' ')}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${addresses.length > 0 ? 'NOERROR' : 'NXDOMAIN'}, id: 4711\n;; flags: qr aa rd ra; QUERY: 1, ANSWER: ${addresses.length}, AUTHORITY: 0, ADDITIONAL: 0\n\n;; QUESTION SECTION:\n;${name.replace(/\.$/, '')}.\t\tIN\tA\n\n${answer};; Query time: 0 msec\n;; SERVER: ${nameservers[0] ?? '127.0.0.11'}#53(${nameservers[0] ?? '127.0.0.11'})\n\n`,
  );
  return 0;
});

export const getent = commandProgram({ flags: 'i', values: 's' }, async (command) => {
  const [database, ...keys] = command.operands;
  switch (database) {
    case 'hosts':
    case 'ahosts':
    case 'ahostsv4': {
      let status = 0;
      for (const key of keys) {
        const addresses = await resolveHost(command.process, key);
        status = addresses.length === 0 ? 2 : status;
        await command.print(
          (database === 'hosts' ? addresses.slice(0, isAddress(key) ? 1 : undefined) : addresses)
            .map((address) => `${address.padEnd(15)} ${database === 'hosts' ? key : `STREAM ${key}`}\n`)
            .join(''),
        );
      }
      return status;
    }
    case 'passwd': {
      const accounts = (await accountsOf(command.files)).filter(
        (account) => keys.length === 0 || keys.includes(account.name) || keys.includes(String(account.uid)),
      );
      await command.print(
        accounts
          .map((account) => `${account.name}:x:${account.uid}:${account.gid}:${account.name}:${account.home}:${account.shell}\n`)
          .join(''),
      );
      return accounts.length > 0 ? 0 : 2;
    }
    case 'group': {
      const groups = (await groupsOf(command.files)).filter(
        (group) => keys.length === 0 || keys.includes(group.name) || keys.includes(String(group.gid)),
      );
      await command.print(groups.map((group) => `${group.name}:x:${group.gid}:${group.members.join(',')}\n`).join(''));
      return groups.length > 0 ? 0 : 2;
    }
    default:
      await command.complain(`Unknown database: ${database ?? ''}`);
      return 1;
  }
});
