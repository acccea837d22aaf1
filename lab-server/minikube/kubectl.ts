// The program's way to the cluster: kubectl, with the kubeconfig that the learner's shell has.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** kubectl refused or could not be run; the message is what it printed. */
export class KubectlError extends Error {}

/** Runs kubectl and resolves with its output. Rejects with KubectlError when it does not exit with 0. */
export function kubectl(...args: string[]): Promise<string> {
  return runKubectl(args);
}

/** As `kubectl`, with more of an environment or with something to read. */
export function runKubectl(
  args: readonly string[],
  { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: 'pipe', env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    // As text, so that a letter of several bytes may come in two chunks.
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    // It need not read: why it ended is what it prints.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', () => reject(new KubectlError('kubectl is not on PATH')));
    child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new KubectlError(lastLine(stderr)))));
  });
}

/** kubectl logs its attempts before it says what is wrong: the last line is the sentence for a reader. */
function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** Hands the terminal to kubectl and resolves with its exit code (`minikube kubectl -- …`). */
export function handToKubectl(args: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('kubectl', args, { stdio: 'inherit' });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

export interface Service {
  metadata: { name: string; namespace: string };
  spec: { type?: string; clusterIP?: string; ports?: { name?: string; port: number; targetPort?: number | string; nodePort?: number }[] };
  status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

/** The services of a namespace, or of all of them. */
export async function services(namespace?: string): Promise<Service[]> {
  const scope = namespace ? ['-n', namespace] : ['-A'];
  return (JSON.parse(await kubectl('get', 'services', ...scope, '-o', 'json')) as { items: Service[] }).items;
}

export interface ServiceEvent {
  type: string;
  object: Service;
}

/** Services as they are and then every change, until `signal` aborts or the cluster goes away. */
export async function* watchServices(signal: AbortSignal): AsyncGenerator<ServiceEvent> {
  // A space: kubectl lines up what it prints, and makes spaces of a tab.
  const template = '{.type} {.object}{"\\n"}';
  const child = spawn('kubectl', ['get', 'services', '-A', '--watch', '--output-watch-events', '-o', `jsonpath=${template}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  const lines = createInterface({ input: child.stdout });
  child.on('error', () => lines.close());
  for await (const line of lines) {
    const space = line.indexOf(' ');
    if (space > 0) {
      yield { type: line.slice(0, space), object: JSON.parse(line.slice(space + 1)) as Service };
    }
  }
}

/** The address of the first node, as `minikube ip` prints it. */
export async function nodeAddress(): Promise<string> {
  const path = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  return (await kubectl('get', 'nodes', '-o', `jsonpath=${path}`)).trim();
}
