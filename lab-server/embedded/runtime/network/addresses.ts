// What can be told of an address by looking at it.
import { BlockList, isIP } from 'node:net';

/** 127.0.0.0/8 and ::1: the endpoint itself. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** Whether this is a numeric address, with IPv6 brackets allowed. */
export function isAddress(name: string): boolean {
  return isIP(withoutBrackets(name)) !== 0;
}

export function withoutBrackets(name: string): string {
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}

/** Whether an address is the given one or lies in the given CIDR. */
export function matchesAddress(source: string, address: string): boolean {
  const [network = '', prefix] = source.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(address) !== family) {
    return false;
  }
  if (prefix === undefined) {
    return network === address;
  }
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
