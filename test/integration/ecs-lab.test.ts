// An ECS lab on the real server: the real aws and the bundled ecs-cli in a real workspace, and a server that is killed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../builders/server-process.ts';
import { askForLab, TerminalClient } from '../builders/terminal-client.ts';

const EXERCISE = 'nginx-on-ecs-aws-cli';

describe('a learner in an ECS lab', { timeout: 180_000 }, () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose](), 60_000);

  it('gives aws the keys, uses it and ecs-cli without a flag, and loses nothing when the server is killed', async () => {
    const { id, cookie } = await askForLab(server.url, EXERCISE);
    using page = new TerminalClient();
    await page.connect(server.url, id, cookie);
    await page.openTerminal();

    expect(await page.run('aws sts get-caller-identity')).toContain('Unable to locate credentials');
    await page.run(`IFS=, read -r key secret < <(tail -n 1 learner_accessKeys.csv)`);
    await page.run(`printf '%s\\n%s\\nus-east-1\\njson\\n' "$key" "$secret" | aws configure > /dev/null`);
    expect(await page.run('aws ecs create-cluster --cluster-name demo --query cluster.status')).toBe('"ACTIVE"\n');
    await page.message((message) => message.type === 'verdicts' && message.score === 1);
    // Its own settings say which cluster; the keys are those of aws.
    await page.run('ecs-cli configure --region us-east-1 --cluster demo');
    expect(await page.run('ecs-cli ps; echo status $?')).toBe('status 0\n');
    expect(await page.run('curl -sS -o /dev/null -w "%{http_code}\\n" https://ecs.eu-central-1.amazonaws.com/')).toBe('403\n');
    expect(await page.run('which kubectl >/dev/null && kubectl get nodes')).not.toContain('minikube');

    await server.stop('SIGKILL');
    await server.start();
    const again = await askForLab(server.url, EXERCISE, cookie);
    expect(again.id).toBe(id);
    await page.connect(server.url, id, cookie);
    await page.attachAgain();
    expect(await page.run('aws ecs list-clusters --query "clusterArns[0]" --output text')).toBe(
      'arn:aws:ecs:us-east-1:123456789012:cluster/demo\n',
    );
    await page.message((message) => message.type === 'verdicts' && message.score === 1);

    const response = await fetch(`${server.url}/api/labs/${id}/reset`, { method: 'POST', headers: { cookie, origin: server.url } });
    expect(response.status).toBe(200);
    using fresh = new TerminalClient();
    await fresh.connect(server.url, id, cookie);
    await fresh.openTerminal();
    expect(await fresh.run('ls')).toMatch(/^learner_accessKeys.csv\s+nginx-task.json\n$/);
  });
});
