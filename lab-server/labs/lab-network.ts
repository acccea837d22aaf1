// The network of a lab's sandboxes as one, for requests that checks make.
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Observed } from '../grading/index.ts';
import type { WorkspaceAccess } from '../sandboxes/sandbox.ts';

/** Connects through the first sandbox network whose ranges hold the address, else over the machine's own network. */
export function labNetwork(access: readonly WorkspaceAccess[]): Observed['network'] {
  const networks = access.flatMap(({ network }) => network ?? []);
  return {
    hosts: Object.assign({}, ...access.map(({ hosts }) => hosts)) as Record<string, string>,
    async resolve(name) {
      for (const network of networks) {
        const address = await network.resolve?.(name);
        if (address !== undefined) {
          return address;
        }
      }
      return undefined;
    },
    async connect(address, port): Promise<Duplex> {
      const network = networks.find(({ ranges }) => ranges.some((range) => rangeHolds(range, address)));
      if (network) {
        return network.connect({ address, port, protocol: 'tcp' });
      }
      if (networks.length > 0) {
        // The machine's own network is not the lab's: an exercise must not be a way to ask other servers.
        throw Object.assign(new Error(`no route to ${address}`), { code: 'EHOSTUNREACH' });
      }
      return directNetwork.connect(address, port);
    },
  };
}

/** The machine's own network, for clusters that are reached over it. */
export const directNetwork: Observed['network'] = {
  hosts: {},
  connect: (address, port) =>
    new Promise<Duplex>((resolve, reject) => {
      const socket = createConnection({ host: address, port });
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
    }),
};

/** Whether an IPv4 address is in a range in CIDR notation. */
export function rangeHolds(range: string, address: string): boolean {
  const [base = '', length = '32'] = range.split('/');
  const mask = Number(length) === 0 ? 0 : (2 ** 32 - 2 ** (32 - Number(length))) >>> 0;
  return (toNumber(base) & mask) >>> 0 === (toNumber(address) & mask) >>> 0;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) >>> 0;
}
