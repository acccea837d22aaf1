// Real labs on the real server: real kubectl in a real workspace, and the server ended in every way there is.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../builders/server-process.ts';
import { askForLab, TerminalClient } from '../builders/terminal-client.ts';

const EXERCISE = 'nginx-on-kubernetes';

describe('a learner in a lab', { timeout: 180_000 }, () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose](), 60_000);

  it('applies manifests with real kubectl, sees objectives tick, and loses nothing when the server is killed', async () => {
    const { id, cookie } = await askForLab(server.url, EXERCISE);
    using page = new TerminalClient();
    await page.connect(server.url, id, cookie);
    await page.openTerminal();

    expect(await page.run('kubectl get nodes --no-headers')).toMatch(/^minikube\s+Ready\s+control-plane/);
    await page.run(`sed -i -e 's/replicas:.*/replicas: 3/' -e 's/image:.*/image: nginx:latest/' nginx-deployment.yaml`);
    expect(await page.run('kubectl apply -f nginx-deployment.yaml')).toContain('deployment.apps/nginx-deployment created');
    await page.message((message) => message.type === 'verdicts' && message.score === 5);
    await page.run(`sed -i -e 's/selector:.*/selector: {app: nginx}/' -e 's/targetPort:.*/targetPort: 80/' nginx-service.yaml`);
    expect(await page.run('kubectl apply -f nginx-service.yaml')).toContain('service/nginx-service created');
    await page.message((message) => message.type === 'verdicts' && message.score === 10);
    expect(await page.run(`curl -s http://$(kubectl get svc nginx-service -o jsonpath='{.spec.clusterIP}')`)).toContain(
      'Welcome to nginx!',
    );
    const podsBefore = await page.run('kubectl get pods -o name | sort');

    await page.run('STAYS=here');
    await page.run('echo precious > notes.txt');
    await server.stop('SIGKILL');
    await server.start();
    const again = await askForLab(server.url, EXERCISE, cookie);
    expect(again.id).toBe(id);
    await page.connect(server.url, id, cookie);
    await page.attachAgain();
    expect(await page.run('echo $STAYS; cat notes.txt')).toBe('here\nprecious\n');
    expect(await page.run('kubectl get pods -o name | sort')).toBe(podsBefore);
    await page.message((message) => message.type === 'verdicts' && message.score === 10);
    expect(await page.run(`curl -s http://$(kubectl get svc nginx-service -o jsonpath='{.spec.clusterIP}')`)).toContain(
      'Welcome to nginx!',
    );

    await server.stop('SIGTERM');
    await server.start();
    await page.connect(server.url, id, cookie);
    await page.attachAgain();
    expect(await page.run('echo $STAYS')).toBe('here\n');
  });

  it('closes a lab without leaving a file behind', async () => {
    const { id, cookie } = await askForLab(server.url, EXERCISE);
    using page = new TerminalClient();
    await page.connect(server.url, id, cookie);
    await page.openTerminal();
    const response = await fetch(`${server.url}/api/labs/${id}`, { method: 'DELETE', headers: { cookie, origin: server.url } });
    expect([response.status, await response.json()]).toEqual([200, { leftovers: [] }]);
    expect(readdirSync(join(server.data, 'labs'))).not.toContain(id);
  });

  it('resets to the starter files and an empty cluster', async () => {
    const { id, cookie } = await askForLab(server.url, EXERCISE);
    using page = new TerminalClient();
    await page.connect(server.url, id, cookie);
    await page.openTerminal();
    await page.run('kubectl create configmap mine; rm nginx-service.yaml; touch more.txt');
    const response = await fetch(`${server.url}/api/labs/${id}/reset`, { method: 'POST', headers: { cookie, origin: server.url } });
    expect(response.status).toBe(200);
    using fresh = new TerminalClient();
    await fresh.connect(server.url, id, cookie);
    await fresh.openTerminal();
    expect(await fresh.run('ls')).toMatch(/^nginx-deployment.yaml\s+nginx-service.yaml\n$/);
    expect(await fresh.run('kubectl get configmap mine')).toContain('NotFound');
  });

  it('has files that the editor and the shell see alike', async () => {
    const { id, cookie } = await askForLab(server.url, EXERCISE);
    using page = new TerminalClient();
    await page.connect(server.url, id, cookie);
    await page.openTerminal();
    const files = `${server.url}/api/labs/${id}/files`;
    const headers = { cookie, origin: server.url };
    await page.run('echo from-the-shell > both.txt');
    await page.message((message) => message.type === 'file.changed' && message.path === 'both.txt');
    expect(await (await fetch(`${files}/both.txt`, { headers })).text()).toBe('from-the-shell\n');
    const written = await fetch(`${files}/both.txt`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      body: 'from-the-editor\n',
    });
    expect(written.status).toBe(204);
    expect(await page.run('cat both.txt')).toBe('from-the-editor\n');
    for (const path of ['..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd', 'a%00b']) {
      const answer = await fetch(`${files}/${path}`, { headers });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'FILE_PATH_INVALID' } });
    }
  });
});
