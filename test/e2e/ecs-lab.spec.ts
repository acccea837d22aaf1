// The article's ECS half, line by line, in the browser: keys, a cluster with an instance, a task definition, a task, and nginx on port 80.
import { expect, test } from './fixtures.ts';

test.use({ exercise: 'nginx-on-ecs' });

test('a reader makes a cluster with ecs-cli, runs nginx on it, and reaches it', async ({ lab, page }) => {
  test.slow();
  await lab.open();
  await lab.type('cat learner_accessKeys.csv');
  await expect(lab.screen).toContainText('AKIA');
  const [, key = '', secret = ''] = /(AKIA[A-Z2-7]{16}),([\w+/]{40})/.exec((await lab.screen.innerText()).replaceAll(/\s/g, '')) ?? [];

  // As aws asks for them.
  await lab.type('clear; aws configure');
  for (const [question, answer] of [
    ['AWS Access Key ID', key],
    ['AWS Secret Access Key', secret],
    ['Default region name', 'us-east-1'],
    ['Default output format', 'json'],
  ] as const) {
    await expect(lab.screen).toContainText(question);
    await lab.type(answer);
  }
  await lab.type('clear; aws sts get-caller-identity --query Arn');
  await expect(lab.screen).toContainText('arn:aws:iam::123456789012:user/learner');

  // The article gives the keys to `configure` itself.
  await lab.type(`clear; ecs-cli configure --region us-east-1 --access-key ${key} --secret-key ${secret} --cluster demo`);
  await expect(lab.screen).toContainText('Saved ECS CLI cluster configuration default.');
  await lab.type('clear');
  await lab.run('ecs-cli up --capability-iam');
  await expect(lab.screen).toContainText('Cluster creation succeeded.', { timeout: 60_000 });
  await expect(lab.objective(/has an instance/)).toHaveAttribute('data-state', 'passed');
  await lab.type('clear; ecs-cli ps; echo listed');
  await expect(lab.screen).toContainText('listed');

  await page.locator('figure').filter({ hasText: '"family": "nginx-task"' }).getByRole('button', { name: 'Edit' }).click();
  await lab.editLine('"image"', '      "image": "nginx:latest",');
  await lab.editLine('"portMappings"', '      "portMappings": [{ "containerPort": 80, "hostPort": 80 }]');
  await lab.type('clear; ecs-cli compose --file nginx-task.json create');
  await expect(lab.screen).toContainText('nginx-task:1');
  await expect(lab.objective(/puts nginx on port 80/)).toHaveAttribute('data-state', 'passed');
  await lab.type('clear; ecs-cli compose up');
  await expect(lab.screen).toContainText('Started container...');
  await lab.type('clear; ecs-cli ps');
  await expect(lab.screen).toContainText('->80/tcp');
  const [address = ''] = /198\.1[89]\.\d+\.\d+/.exec((await lab.screen.innerText()).replaceAll(/\s/g, '')) ?? [];
  await lab.type(`clear; curl -s http://${address}:80/ | head -n 20`);
  await expect(lab.screen).toContainText('<h1>Welcome to nginx!</h1>');

  await expect(lab.dock.locator('.objectives h2')).toContainText('4 of 4 done, 10 of 10 points');
  await expect(lab.dock.getByText('All done.')).toBeVisible();
  await expect(lab.dock).not.toContainText(/kubectl|minikube/);
});
