// The ranges that Services draw from: cluster addresses and node ports. Rebuilt from the stored Services when the cluster starts.
import { randomInt } from 'node:crypto';
import { invalid } from '../validation/field-errors.ts';
import { invalidFieldList } from './field-list.ts';

/** Addresses of one IPv4 range. */
export class AddressRange {
  readonly #base: number;
  readonly #size: number;
  readonly #taken = new Set<number>();

  /** `10.96.0.0/12`: the network and broadcast addresses are never given out. */
  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/');
    this.#base = toNumber(address) ?? 0;
    this.#size = 2 ** (32 - Number(bits));
  }

  /** A free address, or `wanted`; throws a FieldErrorList where that is not to be had. */
  allocate(wanted?: string): string {
    if (wanted !== undefined) {
      this.#claim(wanted);
      return wanted;
    }
    // Random, as the real allocator picks, above the lower band that is kept for addresses asked for by name.
    const reserved = Math.min(Math.max(16, Math.floor(this.#size / 16)), 256);
    for (;;) {
      const offset = randomInt(reserved, this.#size - 1);
      if (!this.#taken.has(offset)) {
        this.#taken.add(offset);
        return toText(this.#base + offset);
      }
    }
  }

  release(address: string): void {
    this.#taken.delete((toNumber(address) ?? -1) - this.#base);
  }

  /** Marks an address of a stored Service. */
  restore(address: string): void {
    const number = toNumber(address);
    if (number !== undefined) {
      this.#taken.add(number - this.#base);
    }
  }

  #claim(wanted: string): void {
    const number = toNumber(wanted);
    const offset = number === undefined ? -1 : number - this.#base;
    if (offset <= 0 || offset >= this.#size - 1) {
      const range = `${toText(this.#base)}/${32 - Math.log2(this.#size)}`;
      throw invalidFieldList([
        invalid(
          'spec.clusterIPs',
          [wanted],
          `failed to allocate IP ${wanted}: the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range}`,
        ),
      ]);
    }
    if (this.#taken.has(offset)) {
      throw invalidFieldList([invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: provided IP is already allocated`)]);
    }
    this.#taken.add(offset);
  }
}

/** Ports of one range, both ends included. */
export class PortRange {
  readonly #first: number;
  readonly #last: number;
  readonly #uses = new Map<number, number>();

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
  }

  allocate(wanted?: number): number {
    if (wanted !== undefined) {
      if (wanted < this.#first || wanted > this.#last) {
        throw invalidFieldList([
          invalid(
            'spec.ports[0].nodePort',
            wanted,
            `provided port is not in the valid range. The range of valid ports is ${this.#first}-${this.#last}`,
          ),
        ]);
      }
      if (this.#uses.has(wanted)) {
        throw invalidFieldList([invalid('spec.ports[0].nodePort', wanted, 'provided port is already allocated')]);
      }
      this.#uses.set(wanted, 1);
      return wanted;
    }
    // The lower ports are kept for those asked for by number.
    const reserved = Math.min(Math.max(16, Math.floor((this.#last - this.#first) / 32)), 128);
    for (let tries = 0; tries < 100_000; tries += 1) {
      const port = randomInt(this.#first + reserved, this.#last + 1);
      if (!this.#uses.has(port)) {
        this.#uses.set(port, 1);
        return port;
      }
    }
    throw invalidFieldList([invalid('spec.ports[0].nodePort', 0, 'failed to allocate a nodePort: range is full')]);
  }

  release(port: number): void {
    const uses = this.#uses.get(port) ?? 0;
    if (uses <= 1) {
      this.#uses.delete(port);
    } else {
      this.#uses.set(port, uses - 1);
    }
  }

  /** Marks a port of a stored Service; TCP and UDP of one Service may share it. */
  restore(port: number): void {
    this.#uses.set(port, (this.#uses.get(port) ?? 0) + 1);
  }
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) {
    return undefined;
  }
  return parts.reduce((number, part) => number * 256 + part, 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
