// The dockside command as people and programs run it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { CreateClusterCommand, ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, commandEnvironment } from '../builders/server-process.ts';

const run = promisify(execFile);
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dockside-cli-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command to its end. */
async function dockside(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  try {
    const env = commandEnvironment({ DOCKSIDE_DATA: join(folder, 'data'), ...environment });
    const { stdout, stderr } = await run(process.execPath, ['--', command, ...args], { env, timeout: 60_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** Starts the command and waits for its first line. */
async function start(args: string[], environment: Record<string, string> = {}): Promise<{ child: ChildProcess; line: string }> {
  const env = commandEnvironment(environment);
  const child = spawn(process.execPath, ['--', command, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, line };
  }
  throw new Error('the command ended without a line');
}

async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', ['--kubeconfig', kubeconfig, ...args], { env: commandEnvironment() });
  return stdout;
}

describe('dockside serve', () => {
  it('with a setting that is wrong says what is allowed, and ends', async () => {
    expect(await dockside(['serve'], { DOCKSIDE_PORT: 'http' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'The environment holds a setting that is not valid: DOCKSIDE_PORT=http: a whole number from 0 to 65535 is allowed.\n',
    });
  });

  it('on a port that is taken says how to choose another one, and ends', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const outcome = await dockside(['serve'], { DOCKSIDE_PORT: String(port) });
    taken.close();
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toBe(
      `The address 127.0.0.1:${port} is in use: stop what listens there, or choose another port with DOCKSIDE_PORT.\n`,
    );
  });

  it('with a data folder that cannot be written says so, and ends', async () => {
    writeFileSync(join(folder, 'file'), '');
    const outcome = await dockside(['serve'], { DOCKSIDE_DATA: join(folder, 'file', 'data') });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^The data folder .* cannot be written .*: make it writable for this user, or set DOCKSIDE_DATA/);
  });

  it('without kubectl says where to get it, and ends; and serves all the same when it is told to', async () => {
    const withoutKubectl = { PATH: folder, DOCKSIDE_PORT: '0' };
    expect(await dockside(['serve'], withoutKubectl)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'kubectl is not on PATH, and Kubernetes labs need it: npm start fetches it, or install it as https://kubernetes.io/docs/tasks/tools/ says, or serve without it: dockside serve --without-kubectl.\n',
    });
    const { line } = await start(['serve', '--without-kubectl'], { ...withoutKubectl, DOCKSIDE_DATA: join(folder, 'data') });
    expect(line).toMatch(/^Dockside is ready: http/);
  });

  it('does not give a shell of this machine to a network', async () => {
    const outcome = await dockside(['serve'], { DOCKSIDE_WORKSPACE: 'host', DOCKSIDE_HOST: '0.0.0.0', DOCKSIDE_PORT: '0' });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^The host workspace gives a shell on this machine to whoever opens a lab/);
  });
});

describe('dockside sandbox kubernetes', () => {
  it('prints one line of JSON and serves any client, until it is interrupted', async () => {
    const kubeconfig = join(folder, 'sub', 'kubeconfig');
    const { child, line } = await start(['sandbox', 'kubernetes', '--kubeconfig', kubeconfig, '--nodes', '2']);
    expect(JSON.parse(line)).toEqual({
      endpoint: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      kubeconfig,
      data: null,
      pid: child.pid,
    });
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect((await kubectl(kubeconfig, 'get', 'nodes', '-o', 'name')).split('\n').filter(Boolean)).toEqual([
      'node/minikube',
      'node/minikube-m02',
    ]);
    await kubectl(kubeconfig, 'create', 'configmap', 'mine');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('goes on from its data folder', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    const args = ['sandbox', 'kubernetes', '--kubeconfig', kubeconfig, '--data', join(folder, 'cluster')];
    const first = await start(args);
    await kubectl(kubeconfig, 'create', 'configmap', 'mine', '--from-literal=a=b');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await start(args);
    expect(await kubectl(kubeconfig, 'get', 'configmap', 'mine', '-o', 'jsonpath={.data.a}')).toBe('b');
  });

  it('says what is wrong with its options', async () => {
    expect((await dockside(['sandbox', 'kubernetes', '--port', '99999'])).stderr).toContain('A whole number from 0 to 65535 is allowed.');
    expect((await dockside(['sandbox', 'kubernetes', '--kubeconfig', '/proc/nowhere/config'])).stderr).toMatch(
      /^The kubeconfig \/proc\/nowhere\/config cannot be written .*: name another file with --kubeconfig\.\n$/,
    );
  });
});

describe('dockside sandbox ecs', () => {
  it('prints one line of JSON with endpoint, keys and CA bundle, and answers over HTTP and HTTPS', async () => {
    const envFile = join(folder, 'sub', 'aws.env');
    const { child, line } = await start(['sandbox', 'ecs', '--env-file', envFile]);
    const facts = JSON.parse(line) as { endpoint: string; caBundle: string; accessKeyId: string; secretAccessKey: string };
    expect(facts).toEqual({
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      region: 'us-east-1',
      account: '123456789012',
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.any(String),
      caBundle: expect.any(String),
      envFile,
      data: null,
      pid: child.pid,
    });
    expect(statSync(envFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(envFile, 'utf8')).toContain(`export AWS_SECRET_ACCESS_KEY=${facts.secretAccessKey}\n`);
    const { accessKeyId, secretAccessKey } = facts;
    const settings = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
    const httpsAgent = new Agent({ ca: readFileSync(facts.caBundle) });
    for (const client of [
      new STSClient({ ...settings, endpoint: facts.endpoint }),
      new STSClient({ ...settings, endpoint: facts.endpoint.replace('http:', 'https:'), requestHandler: { httpsAgent } }),
    ]) {
      expect(await client.send(new GetCallerIdentityCommand())).toMatchObject({ Arn: 'arn:aws:iam::123456789012:user/learner' });
      client.destroy();
    }
    // Without --any-credentials nobody empties it.
    expect((await fetch(`${facts.endpoint}/_embedded/reset`, { method: 'POST' })).status).not.toBe(200);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('with --any-credentials takes every key, and is emptied by POST /_embedded/reset', async () => {
    const { line } = await start(['sandbox', 'ecs', '--any-credentials']);
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    const ecs = new ECSClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' } });
    await ecs.send(new CreateClusterCommand({ clusterName: 'theirs' }));
    expect((await ecs.send(new ListClustersCommand())).clusterArns).toEqual(['arn:aws:ecs:eu-west-1:123456789012:cluster/theirs']);
    expect((await fetch(`${endpoint}/_embedded/reset`, { method: 'POST' })).status).toBe(200);
    expect((await ecs.send(new ListClustersCommand())).clusterArns).toEqual([]);
    ecs.destroy();
  });

  it('goes on from its data folder, with the same keys and the same authority', async () => {
    const args = ['sandbox', 'ecs', '--data', join(folder, 'aws')];
    const first = await start(args);
    const facts = JSON.parse(first.line) as { endpoint: string; caBundle: string; accessKeyId: string; secretAccessKey: string };
    const authority = readFileSync(facts.caBundle, 'utf8');
    const { accessKeyId, secretAccessKey } = facts;
    const settings = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
    const before = new ECSClient({ ...settings, endpoint: facts.endpoint });
    await before.send(new CreateClusterCommand({ clusterName: 'kept' }));
    before.destroy();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const again = JSON.parse((await start(args)).line) as typeof facts;
    expect(readFileSync(again.caBundle, 'utf8')).toBe(authority);
    const after = new ECSClient({ ...settings, endpoint: again.endpoint });
    expect((await after.send(new ListClustersCommand())).clusterArns).toEqual(['arn:aws:ecs:us-east-1:123456789012:cluster/kept']);
    after.destroy();
  });
});

describe('dockside grade', () => {
  it('judges a cluster by an exercise, with the reason of each verdict', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    await start(['sandbox', 'kubernetes', '--kubeconfig', kubeconfig]);
    await kubectl(kubeconfig, 'create', 'deployment', 'nginx-deployment', '--image=nginx:latest', '--replicas=2');
    const judged = await dockside(['grade', 'nginx-on-kubernetes', '--kubeconfig', kubeconfig]);
    expect(judged.code).toBe(1);
    expect(judged.stdout).toMatch(
      /^passed {2}A Deployment named nginx-deployment runs nginx:latest\nfailed {2}Three replicas are available\n/,
    );
    expect(judged.stdout).toMatch(/expected {2}3 replicas\n\s+found\s+spec\.replicas is 2\n/);
    expect(judged.stdout).toMatch(/2 of 12 points\n$/);
    const json = await dockside(['grade', 'nginx-on-kubernetes', '--kubeconfig', kubeconfig, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ exercise: 'nginx-on-kubernetes', score: 2, outOf: 12 });
  });

  it('says what there is when an exercise or a kubeconfig is not', async () => {
    expect((await dockside(['grade', 'nothing'])).stderr).toMatch(/^There is no exercise nothing\. There are: .*nginx-on-kubernetes/);
    expect((await dockside(['grade', 'nginx-on-kubernetes', '--kubeconfig', join(folder, 'none')])).stderr).toMatch(
      /^The kubeconfig .*none cannot be read: name a file that exists with --kubeconfig\.\n$/,
    );
  });
});

describe('dockside verify', () => {
  it('without kubectl says where to get it, and ends', async () => {
    const outcome = await dockside(['verify'], { PATH: folder });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^kubectl is not on PATH, and Kubernetes labs need it: npm start fetches it, .*\.\n$/);
  });
});

describe('dockside doctor', () => {
  it('lists what is here, and what is missing with how to get it', async () => {
    const { stdout } = await dockside(['doctor']);
    expect(stdout).toMatch(/^ok\s+node\s+v24/m);
    expect(stdout).toMatch(/^\S+\s+kubectl\s/m);
    expect(stdout).toMatch(/^ok\s+embedded Kubernetes\s+ready$/m);
  });

  it('ends with a failure where something that is required is missing', async () => {
    const { code, stdout } = await dockside(['doctor'], { PATH: folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^MISSING\s+kubectl\s+not found\s+every Kubernetes lab\s+npm start fetches it/m);
  });
});

describe('dockside', () => {
  it('says what it can do', async () => {
    const { code, stdout } = await dockside(['--help']);
    expect(code).toBe(0);
    for (const name of ['serve', 'sandbox', 'verify', 'grade', 'doctor', 'bench']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect((await dockside(['frobnicate'])).stderr).toContain("unknown command 'frobnicate'");
  });
});
