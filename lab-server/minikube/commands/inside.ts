// minikube ssh, logs, dashboard: a look inside.
import { handToKubectl, kubectl } from '../kubectl.ts';
import { PROFILE } from '../version.ts';
import { nodeNamed } from './state.ts';

type Print = (text: string) => void;

const SHELL_IMAGE = 'debian:12';

/** A shell on a node, or one command: a pod that shares the node's network, with the node's files at /host. Resolves to the exit status. */
export async function ssh(name: string | undefined, command: readonly string[]): Promise<number> {
  const node = await nodeNamed(name);
  const pod = `ssh-${process.pid}`;
  const spec = {
    nodeName: node.name,
    hostNetwork: true,
    hostPID: true,
    restartPolicy: 'Never',
    tolerations: [{ operator: 'Exists' }],
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'ssh', image: SHELL_IMAGE, command: ['sleep', '86400'], volumeMounts: [{ name: 'host', mountPath: '/host' }] }],
    volumes: [{ name: 'host', hostPath: { path: '/' } }],
  };
  const namespace = ['-n', 'kube-system'];
  await kubectl(
    'run',
    pod,
    ...namespace,
    `--image=${SHELL_IMAGE}`,
    '--restart=Never',
    `--overrides=${JSON.stringify({ apiVersion: 'v1', spec })}`,
  );
  try {
    await kubectl('wait', ...namespace, '--for=condition=Ready', `pod/${pod}`, '--timeout=60s');
    const terminal = process.stdin.isTTY ? ['-it'] : ['-i'];
    return await handToKubectl([
      'exec',
      ...terminal,
      ...namespace,
      pod,
      '--',
      ...(command.length > 0 ? ['sh', '-c', command.join(' ')] : ['bash']),
    ]);
  } finally {
    await kubectl('delete', 'pod', pod, ...namespace, '--now', '--wait=false');
  }
}

interface Event {
  type: string;
  reason: string;
  message?: string;
  note?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  reportingComponent?: string;
  source?: { component?: string };
  involvedObject: { kind: string; name: string; namespace?: string };
}

/** What the parts of the cluster have reported, each in a section of its own, as the real program shows their logs. */
export async function logs(print: Print): Promise<void> {
  const { items } = JSON.parse(await kubectl('get', 'events', '-A', '-o', 'json')) as { items: Event[] };
  const sections = Map.groupBy(items, ({ reportingComponent, source }) => reportingComponent || source?.component || 'kube-apiserver');
  print(`\n==> describe nodes <==\n${await kubectl('describe', 'nodes')}\n`);
  for (const component of [...sections.keys()].toSorted()) {
    const lines = (sections.get(component) ?? [])
      .map((event) => ({ at: event.lastTimestamp ?? event.eventTime ?? '', event }))
      .toSorted((a, b) => (a.at < b.at ? -1 : 1))
      .map(({ at, event: { type, reason, message, note, involvedObject: about } }) => {
        const level = type === 'Warning' ? 'W' : 'I';
        return `${level} ${at} ${about.kind} ${about.namespace ? `${about.namespace}/` : ''}${about.name}: ${reason}: ${message ?? note ?? ''}\n`;
      });
    print(`\n==> ${component} [${PROFILE}] <==\n${lines.join('')}`);
  }
}

/** The lab's page draws the cluster beside the terminal: that is what stands in for the dashboard. */
export function dashboard(print: Print): void {
  print('🤔  Verifying dashboard health ...\n');
  print('🎉  The Kubernetes Dashboard is archived. The topology view of this lab shows the cluster as it is:\n');
  print('    open “Topology” beside this terminal\n');
}
