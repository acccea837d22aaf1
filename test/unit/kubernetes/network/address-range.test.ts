import { describe, expect, it } from 'vitest';
import { AddressRange, cidrContains, parseCidr } from '../../../../lab-server/embedded/kubernetes/network/address-range.ts';

describe('an address range', () => {
  it('gives out addresses in turn and uses a freed one last', () => {
    const range = new AddressRange('10.244.0.0/29');
    const given = [range.allocate(), range.allocate()];
    expect(given).toEqual(['10.244.0.2', '10.244.0.3']);
    range.release('10.244.0.2');
    expect([range.allocate(), range.allocate(), range.allocate(), range.allocate()]).toEqual([
      '10.244.0.4',
      '10.244.0.5',
      '10.244.0.6',
      '10.244.0.2',
    ]);
    expect(() => range.allocate()).toThrow('no IP addresses available in range set: 10.244.0.1-10.244.0.6');
  });

  it('gives a wanted address where it is free', () => {
    const range = new AddressRange('10.244.0.0/24');
    expect(range.allocate('10.244.0.9')).toBe('10.244.0.9');
    expect(range.allocate('10.244.0.9')).not.toBe('10.244.0.9');
  });

  it('knows what lies in it', () => {
    const cidr = parseCidr('10.96.0.0/12');
    expect(cidrContains(cidr, '10.96.0.1')).toBe(true);
    expect(cidrContains(cidr, '10.111.255.255')).toBe(true);
    expect(cidrContains(cidr, '10.112.0.0')).toBe(false);
  });
});
