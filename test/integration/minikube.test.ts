// The minikube of workspaces over an embedded cluster, as a learner types it.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POD } from '../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { KubectlStand, hasKubectl } from './kubernetes/kubectl-stand.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../lab-server/minikube/main.ts');

describe.skipIf(!hasKubectl())('minikube', () => {
  let stand: KubectlStand;
  let home: string;

  interface Outcome {
    code: number;
    stdout: string;
    stderr: string;
  }

  async function run(program: string, args: string[]): Promise<Outcome> {
    const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: path.join(home, '.kube/config') };
    try {
      return { code: 0, ...(await promisify(execFile)(program, args, { env, cwd: home, timeout: 50_000 })) };
    } catch (error) {
      const { code, stdout, stderr } = error as Outcome;
      return { code, stdout, stderr };
    }
  }
  const minikube = (command: string): Promise<Outcome> => run(process.execPath, [PROGRAM, ...command.split(' ')]);
  const kubectl = (command: string): Promise<Outcome> => run('kubectl', command.split(' '));

  beforeAll(async () => {
    stand = await KubectlStand.open();
    home = mkdtempSync(path.join(tmpdir(), 'dockside-minikube-'));
    mkdirSync(path.join(home, '.kube'));
    cpSync(stand.kubeconfig, path.join(home, '.kube/config'));
  });
  afterAll(async () => {
    rmSync(home, { recursive: true, force: true });
    await stand[Symbol.asyncDispose]();
  });

  it('says what is, and that it is simulated', async () => {
    expect((await minikube('version')).stdout).toMatch(/^minikube version: v1\.\d+\.\d+ \(simulated by Dockside/);
    expect((await minikube('version --short')).stdout).toMatch(/^v1\.\d+\.\d+\n$/);
    expect(await minikube('status')).toMatchObject({
      code: 0,
      stdout: 'minikube\ntype: Control Plane\nhost: Running\nkubelet: Running\napiserver: Running\nkubeconfig: Configured\n\n',
    });
    expect((await minikube('ip')).stdout).toBe('192.168.49.2\n');
    expect((await minikube('profile list')).stdout).toMatch(
      /│ minikube │ embedded │ containerd │ 192\.168\.49\.2 │ v1\.36\.2 │ OK +│ +1 │ \* +│ \* +│/,
    );
    expect((await minikube('update-context')).stdout).toBe(
      '👍  No changes required for the "minikube" context\n💗  Current context is "minikube"\n',
    );
    expect((await minikube('kubectl -- get nodes -o name')).stdout).toBe('node/minikube\n');
    expect((await minikube('dashboard')).stdout).toContain('topology view');
    expect(await minikube('ip -p minikube')).toMatchObject({ code: 0, stdout: '192.168.49.2\n' });
    expect(await minikube('status --profile=other')).toMatchObject({ code: 64, stderr: expect.stringContaining('MK_USAGE') });
  });

  it('keeps settings as the real program does', async () => {
    expect((await minikube('config set cpus 4')).stdout).toBe(
      '❗  These changes will take effect upon a minikube delete and then a minikube start\n',
    );
    expect((await minikube('config get cpus')).stdout).toBe('4\n');
    expect((await minikube('config view')).stdout).toBe('- cpus: 4\n');
    expect(JSON.parse(readFileSync(path.join(home, '.minikube/config/config.json'), 'utf8'))).toEqual({ cpus: 4 });
    await minikube('config unset cpus');
    expect(await minikube('config get cpus')).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be found in config') });
    expect(await minikube('config set colour red')).toMatchObject({
      code: 10,
      stderr: expect.stringContaining('property name "colour" not found'),
    });
  });

  it('enables and disables addons, whose effect shows', async () => {
    expect((await kubectl('top nodes')).stderr).toContain('Metrics API not available');
    const enabled = await minikube('addons enable metrics-server');
    expect(enabled.stdout).toMatch(
      /metrics-server is an addon maintained by Kubernetes[\s\S]*🌟 {2}The 'metrics-server' addon is enabled\n$/,
    );
    expect((await kubectl('top nodes')).stdout).toContain('minikube');
    expect((await minikube('addons list')).stdout).toMatch(/│ metrics-server +│ minikube │ enabled ✅ *│ Kubernetes +│/);
    expect((await minikube('addons disable metrics-server')).stdout).toContain("The 'metrics-server' addon is disabled");
    expect((await kubectl('top nodes')).stderr).toContain('Metrics API not available');
    expect(await minikube('addons enable nope')).toMatchObject({
      code: 10,
      stderr: expect.stringContaining("MK_ADDON_ENABLE: enable failed: addon 'nope' is not a valid addon packaged with minikube."),
    });
    expect((await minikube('addons enable istio')).stderr).toContain('is not simulated here');
  });

  it('adds, stops, starts and deletes nodes; a stopped one is powered off', async () => {
    const added = await minikube('node add');
    expect(added.stdout).toMatch(
      /^😄 {2}Adding node m02 to cluster minikube as \[worker\]\n[\s\S]*🏄 {2}Successfully added m02 to minikube!\n$/,
    );
    expect((await minikube('node list')).stdout).toBe('minikube\t192.168.49.2\nminikube-m02\t192.168.49.3\n');
    expect((await minikube('node stop m02')).stdout).toMatch(/🛑 {2}Successfully stopped node minikube-m02\n$/);
    const stopped = await minikube('status');
    expect([stopped.code, stopped.stdout.split('\n\n')[1]]).toEqual([3, 'minikube-m02\ntype: Worker\nhost: Stopped\nkubelet: Stopped']);
    expect((await minikube('node start m02')).stdout).toMatch(/🏄 {2}Successfully started node m02!\n$/);
    expect((await minikube('ip -n m02')).stdout).toBe('192.168.49.3\n');
    await minikube('node add');
    expect((await minikube('node delete m02')).stdout).toMatch(/💀 {2}Node m02 was successfully deleted\.\n$/);
    expect((await minikube('node add')).stdout).toMatch(/Adding node m02 to cluster[\s\S]*Successfully added m02 to minikube!\n$/);
    ['minikube-m02', 'minikube-m03'].forEach((name) => stand.cluster.nodes.deleteNode(name));
    expect((await kubectl('get nodes -o name')).stdout).toBe('node/minikube\n');
    expect(await minikube('node delete m07')).toMatchObject({ code: 80, stderr: expect.stringContaining('GUEST_NODE_RETRIEVE') });
  });

  it('lists and loads images of the catalogue', async () => {
    await minikube('image load nginx:1.27');
    expect((await minikube('image ls')).stdout).toContain('docker.io/library/nginx:1.27\n');
    expect(await minikube('image load nosuch/thing:1')).toMatchObject({ code: 80, stderr: expect.stringContaining('GUEST_IMAGE_LOAD') });
  });

  it('opens a shell on the node, and shows logs', async () => {
    expect((await minikube('ssh -- hostname')).stdout).toBe('minikube\n');
    expect((await minikube('ssh -- exit 4')).code).toBe(4);
    expect((await minikube('logs')).stdout).toMatch(/==> kubelet \[minikube\] <==\nI \S+ Node minikube: Starting: Starting kubelet\./);
  });

  it('stops the cluster and starts it again: what was there comes back, restarted', async () => {
    await kubectl('create deployment web --image=nginx:1.27');
    await kubectl('rollout status deployment/web --timeout=30s');
    const stopped = await minikube('stop');
    expect(stopped.stdout).toBe('✋  Stopping node "minikube"  ...\n🛑  Powering off "minikube" via SSH ...\n🛑  1 node stopped.\n');
    expect(await minikube('status')).toMatchObject({
      code: 7,
      stdout: expect.stringContaining('apiserver: Stopped\nkubeconfig: Stopped\n'),
    });
    // Nothing is left to reach but the host that knows of the machines.
    expect(stand.cluster.published()).toEqual([{ address: '192.168.49.1', port: 8443, protocol: 'tcp' }]);
    expect((await kubectl('config current-context')).code).toBe(1);
    const notRunning = { code: 80, stderr: expect.stringContaining('the cluster is not running: use `minikube start` first') };
    expect(await minikube('node add')).toMatchObject(notRunning);
    expect(await minikube('node start minikube')).toMatchObject(notRunning);
    const started = await minikube('start');
    expect(started.stdout).toMatch(
      /✨ {2}Using the embedded driver based on existing profile\n[\s\S]*🔄 {2}Restarting existing[\s\S]*🏄 {2}Done! kubectl is now configured/,
    );
    await kubectl('wait --for=condition=Ready pod -l app=web --timeout=30s');
    expect(stand.cluster.client.list(POD).map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([1]);
    expect(stand.cluster.published()).toContainEqual({ address: '192.168.49.2', port: 8443, protocol: 'tcp' });
  });

  it('deletes the cluster and makes a new one with as many nodes as asked for', async () => {
    const deleted = await minikube('delete');
    expect(deleted.stdout).toMatch(
      /^🔥 {2}Deleting "minikube" in embedded \.\.\.\n[\s\S]*💀 {2}Removed all traces of the "minikube" cluster\.\n$/,
    );
    expect((await kubectl('config get-contexts -o name')).stdout).toBe('');
    expect(await minikube('status')).toMatchObject({ code: 85, stdout: expect.stringContaining('Profile "minikube" not found') });
    expect(await minikube('stop')).toMatchObject({ code: 85 });
    expect(await minikube('node add')).toMatchObject({ code: 85 });
    const started = await minikube('start --nodes=3 --addons=metrics-server');
    expect(started.stderr).toBe('');
    expect(started.stdout).toMatch(
      /🔥 {2}Creating embedded node[\s\S]*🌟 {2}Enabled addons: default-storageclass, metrics-server, storage-provisioner\n/,
    );
    expect((await kubectl('get nodes -o name')).stdout).toBe('node/minikube\nnode/minikube-m02\nnode/minikube-m03\n');
    expect((await kubectl('get deployments -A')).stdout).toBe('');
    expect((await kubectl('get namespaces -o name')).stdout).toBe(
      'namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n',
    );
    expect((await minikube('start --nodes=5')).stdout).toContain('You cannot change the number of nodes for an existing minikube cluster');
    expect(existsSync(path.join(home, '.kube/config'))).toBe(true);
    expect(stand.errors).toEqual([]);
  });
});
