// Host ports: two pods of a node cannot have the same.
import type { HostPort } from '../node-info.ts';
import { type Plugin, refuse } from './plugin.ts';

export const nodePorts: Plugin = {
  name: 'NodePorts',
  filter({ hostPorts }, node) {
    if (hostPorts.length === 0) {
      return undefined;
    }
    for (const other of node.pods.values()) {
      if (other.hostPorts.some((taken) => hostPorts.some((wanted) => clash(taken, wanted)))) {
        return refuse("node(s) didn't have free ports for the requested pod ports");
      }
    }
    return undefined;
  },
};

function clash(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.address === b.address || a.address === '0.0.0.0' || b.address === '0.0.0.0';
  return a.port === b.port && a.protocol === b.protocol && sameAddress;
}
