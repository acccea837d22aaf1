// A twin lab: both systems at once, Kubernetes left and ECS right.
import { labSchema } from '../../lab-server/protocol/index.ts';
import { expect, test } from './fixtures.ts';

test('a twin lab has both terminals side by side, links its steps, and shows both sides of the topology', async ({ page, server }) => {
  await page.goto('/exercises/pod-and-task/#lab');
  const dock = page.getByRole('region', { name: 'Lab: A pod and a task' });
  await expect(dock.locator('.lab-state')).toContainText('Ready', { timeout: 60_000 });
  await expect(dock.locator('.shell:visible')).toHaveCount(2);

  const steps = dock.getByRole('list', { name: 'Linked steps' });
  await expect(steps).toContainText('Pod ⇄ Task');
  const step = steps.getByRole('link', { name: 'The task definition hello says the same for ECS' });
  await step.click();
  await expect(dock.locator('#objective-definition')).toHaveAttribute('open');

  await dock.getByRole('button', { name: 'Topology' }).click();
  const view = dock.getByRole('region', { name: 'Topology' });
  await expect(view.getByRole('region', { name: 'Kubernetes' })).toBeVisible();
  await expect(view.getByRole('region', { name: 'Amazon ECS' })).toBeVisible();

  await dock.locator('.shell[data-in-use=true] .xterm-helper-textarea').focus();
  await page.keyboard.insertText('kubectl run hello --image=nginx:1.28');
  await page.keyboard.press('Enter');
  await expect(view.getByText('hello: ready (Running)')).toBeAttached();
  await expect(view.getByText('Pod in ECS: Task')).toBeVisible();
  await expect(steps.getByRole('link', { name: 'The pod hello runs nginx:1.28 on Kubernetes' })).toHaveAttribute('data-state', 'passed');

  const headers = { origin: server.url };
  const { id } = labSchema.parse(await (await page.request.post('/api/labs', { headers, data: { exercise: 'pod-and-task' } })).json());
  await page.request.delete(`/api/labs/${id}`, { headers });
});
