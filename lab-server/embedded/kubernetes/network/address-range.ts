// Hands out the addresses of an IPv4 range one after the other, as the host-local IPAM plugin does: a freed one is used again last.

/** Address arithmetic for `10.244.0.0/24`. */
export interface Cidr {
  first: number;
  size: number;
}

export function parseCidr(text: string): Cidr {
  const [address = '', bits = '32'] = text.split('/');
  const size = 2 ** (32 - Number(bits));
  const value = addressToNumber(address);
  return { first: value - (value % size), size };
}

export function cidrContains(cidr: Cidr, address: string): boolean {
  const value = addressToNumber(address);
  return value >= cidr.first && value < cidr.first + cidr.size;
}

export function addressToNumber(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

export function numberToAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export class AddressRange {
  readonly #cidr: Cidr;
  readonly #taken = new Set<string>();
  #last = 1;

  constructor(cidr: string) {
    this.#cidr = parseCidr(cidr);
  }

  /** The next free address; `wanted` where it is free. Throws when all are taken. The first two and the last are never given out. */
  allocate(wanted?: string): string {
    if (wanted !== undefined && cidrContains(this.#cidr, wanted) && !this.#taken.has(wanted)) {
      this.#taken.add(wanted);
      this.#last = Math.max(this.#last, addressToNumber(wanted) - this.#cidr.first);
      return wanted;
    }
    const usable = this.#cidr.size - 3;
    for (let tried = 0; tried < usable; tried += 1) {
      this.#last = this.#last + 1 > this.#cidr.size - 2 ? 2 : this.#last + 1;
      const address = numberToAddress(this.#cidr.first + this.#last);
      if (!this.#taken.has(address)) {
        this.#taken.add(address);
        return address;
      }
    }
    throw new Error(
      `no IP addresses available in range set: ${numberToAddress(this.#cidr.first + 1)}-${numberToAddress(this.#cidr.first + this.#cidr.size - 2)}`,
    );
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
