// Name resolution as a program in a container does it: /etc/hosts first, then the endpoint's resolver.
import { isAddress, withoutBrackets } from '../../network/addresses.ts';
import type { Process } from '../../processes/process.ts';

export async function resolveHost(process: Process, name: string): Promise<readonly string[]> {
  const host = withoutBrackets(name);
  if (isAddress(host)) {
    return [host];
  }
  const hosts = await hostsFile(process);
  const known = hosts.get(host.toLowerCase());
  return known === undefined ? process.machine.endpoint.resolve(host) : [known];
}

async function hostsFile(process: Process): Promise<ReadonlyMap<string, string>> {
  const text = await process.machine.files.readFile('/etc/hosts').catch(() => '');
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    for (const name of names) {
      if (address !== undefined && !entries.has(name.toLowerCase()) && !address.includes(':')) {
        entries.set(name.toLowerCase(), address);
      }
    }
  }
  return entries;
}

export interface ResolverConfig {
  nameservers: readonly string[];
  search: readonly string[];
}

/** What /etc/resolv.conf says. */
export async function resolverConfig(process: Process): Promise<ResolverConfig> {
  const text = await process.machine.files.readFile('/etc/resolv.conf').catch(() => '');
  const nameservers: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) {
      nameservers.push(values[0]);
    } else if (keyword === 'search' || keyword === 'domain') {
      search = values;
    }
  }
  return { nameservers, search };
}
