// Validation of IP addresses: of endpoints, which must be reachable from elsewhere, and of ranges.
import { BlockList, isIP } from 'node:net';
import type { FieldError } from '../resources/kind.ts';
import { invalid } from './field-errors.ts';

export const validAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

const loopback = blockOf(['127.0.0.0', 8, 'ipv4'], ['::1', 128, 'ipv6']);
const linkLocal = blockOf(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6']);
const linkLocalMulticast = blockOf(['224.0.0.0', 24, 'ipv4'], ['ff02::', 16, 'ipv6']);

export function validateAddress(address: string, path: string): FieldError[] {
  return isIP(address) === 0 ? [invalid(path, address, validAddress)] : [];
}

/** An address that traffic from another machine can reach. */
export function validateEndpointAddress(address: string, path: string): FieldError[] {
  const family = isIP(address);
  if (family === 0) {
    return [invalid(path, address, validAddress)];
  }
  const type = family === 6 ? 'ipv6' : 'ipv4';
  if (address === '0.0.0.0' || address === '::') {
    return [invalid(path, address, `may not be unspecified (${address})`)];
  }
  if (loopback.check(address, type)) {
    return [invalid(path, address, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')];
  }
  if (linkLocal.check(address, type)) {
    return [invalid(path, address, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')];
  }
  if (linkLocalMulticast.check(address, type)) {
    return [invalid(path, address, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')];
  }
  return [];
}

export function validateCidr(text: string, path: string): FieldError[] {
  return isCidr(text) ? [] : [invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

/** Whether the second range lies strictly inside the first. */
export function cidrContains(outer: string, inner: string): boolean {
  const [outerAddress = '', outerBits = ''] = outer.split('/');
  const [innerAddress = '', innerBits = ''] = inner.split('/');
  const family = isIP(outerAddress);
  if (family !== isIP(innerAddress) || Number(innerBits) <= Number(outerBits)) {
    return false;
  }
  const type = family === 6 ? 'ipv6' : 'ipv4';
  return blockOf([outerAddress, Number(outerBits), type]).check(innerAddress, type);
}

export function isCidr(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  return family !== 0 && more.length === 0 && bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32);
}

function blockOf(...subnets: [address: string, prefix: number, type: 'ipv4' | 'ipv6'][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix, type] of subnets) {
    list.addSubnet(address, prefix, type);
  }
  return list;
}
