// minikube service: where a Service answers on the node.
import { nodeAddress, services, type Service } from '../kubectl.ts';
import { table } from '../table.ts';
import { CommandFailed } from './failure.ts';

interface ServiceOptions {
  namespace: string;
  url: boolean;
  all: boolean;
}

/** Prints the URL of a Service, or of all of a namespace. Throws CommandFailed with minikube's code when there is none. */
export async function service(name: string | undefined, options: ServiceOptions, print: (text: string) => void): Promise<void> {
  if (!name && !options.all) {
    throw new CommandFailed('MK_USAGE', 'You must specify a service name');
  }
  const found = (await services(options.namespace)).filter((one) => options.all || one.metadata.name === name);
  if (found.length === 0) {
    throw new CommandFailed(
      'SVC_NOT_FOUND',
      `Service '${name ?? ''}' was not found in '${options.namespace}' namespace.\nYou may select another namespace by using 'minikube service ${name ?? ''} -n <namespace>'. Or list out all the services using 'minikube service list'`,
    );
  }
  const node = await nodeAddress();
  for (const one of found) {
    const urls = urlsOf(one, node);
    if (options.url) {
      print(urls.map((url) => `${url}\n`).join(''));
      continue;
    }
    print(table(['NAMESPACE', 'NAME', 'TARGET PORT', 'URL'], rowsOf(one, node)));
    if (urls.length === 0) {
      print(`😿  service ${one.metadata.namespace}/${one.metadata.name} has no node port\n`);
    } else {
      print(`💡  This machine has no browser. Open it with curl, for example: curl ${urls[0]}\n`);
    }
  }
}

/** minikube service list */
export async function serviceList(namespace: string | undefined, print: (text: string) => void): Promise<void> {
  const node = await nodeAddress();
  const rows = (await services(namespace)).flatMap((one) => rowsOf(one, node));
  print(table(['NAMESPACE', 'NAME', 'TARGET PORT', 'URL'], rows));
}

function rowsOf(one: Service, node: string): string[][] {
  const ports = one.spec.ports ?? [];
  if (ports.every((port) => !port.nodePort)) {
    return [[one.metadata.namespace, one.metadata.name, 'No node port', '']];
  }
  return ports.map((port) => [
    one.metadata.namespace,
    one.metadata.name,
    port.name ? `${port.name}/${port.port}` : String(port.port),
    port.nodePort ? `http://${node}:${port.nodePort}` : '',
  ]);
}

function urlsOf(one: Service, node: string): string[] {
  return (one.spec.ports ?? []).flatMap((port) => (port.nodePort ? [`http://${node}:${port.nodePort}`] : []));
}
