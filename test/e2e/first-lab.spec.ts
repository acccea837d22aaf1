// The journey that the product exists for: read, run, edit, reach, and be graded.
import { expect, test } from './fixtures.ts';

test('a reader deploys nginx from the lesson, reaches it in three ways, and every objective ticks', async ({ lab, page }) => {
  await lab.open();
  await lab.run('kubectl get nodes');
  await expect(lab.screen).toContainText('control-plane');

  await page.locator('figure').filter({ hasText: 'kind: Deployment' }).getByRole('button', { name: 'Edit' }).click();
  await lab.editLine('replicas:', 'replicas: 3');
  await lab.editLine('image:', 'image: nginx:latest');
  await lab.run('kubectl apply -f nginx-deployment.yaml');
  await expect(lab.screen).toContainText('deployment.apps/nginx-deployment created');

  await lab.run('kubectl get pods -w');
  await expect(lab.screen).toContainText(/1\/1\s+Running/);
  await expect(lab.objective(/Three replicas/)).toHaveAttribute('data-state', 'passed');
  await page.keyboard.press('Control+c');

  await page.locator('figure').filter({ hasText: 'kind: Service' }).getByRole('button', { name: 'Edit' }).click();
  await lab.editLine('selector:', 'selector: {app: nginx}');
  await lab.editLine('targetPort:', 'targetPort: 80');
  await lab.run('kubectl apply -f nginx-service.yaml');
  await expect(lab.screen).toContainText('service/nginx-service created');
  await lab.type('clear; kubectl get svc nginx-service');
  await expect(lab.screen).toContainText('<pending>');

  await lab.type('clear');
  await lab.run(/spec\.clusterIP/);
  await expect(lab.screen).toContainText('Welcome to nginx!');
  await lab.type('clear');
  await lab.run(/nodePort/);
  await expect(lab.screen).toContainText('Welcome to nginx!');
  await expect(lab.objective(/answers with nginx's welcome page/)).toHaveAttribute('data-state', 'passed');
  await expect(lab.objective(/external IP/)).not.toHaveAttribute('data-state', 'passed');

  await lab.run('minikube tunnel');
  await expect(lab.dock.getByRole('tab', { name: 'Terminal 2' })).toHaveAttribute('aria-selected', 'true');
  await expect(lab.objective(/external IP/)).toHaveAttribute('data-state', 'passed');
  await lab.dock.getByRole('tab', { name: 'Terminal 1' }).click();
  await lab.type('clear');
  await lab.run(/loadBalancer\.ingress/);
  await expect(lab.screen).toContainText('Welcome to nginx!');

  await expect(lab.dock.locator('.objectives h2')).toContainText('5 of 5 done, 12 of 12 points');
  await expect(lab.dock.getByText('All done.')).toBeVisible();
});

test('the landing page answers kubectl in its hero, and loads nothing heavy before the first key', async ({ page }) => {
  const scripts: string[] = [];
  page.on('request', (request) => request.resourceType() === 'script' && scripts.push(request.url()));
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(scripts.filter((url) => /terminal|monaco|editor|lab-pane/.test(url))).toEqual([]);

  await page.getByPlaceholder('kubectl get nodes').pressSequentially('kubectl get nodes');
  const screen = page.locator('.shell .xterm-rows');
  await expect(screen).toContainText('kubectl get nodes');
  await page.keyboard.press('Enter');
  await expect(screen).toContainText('control-plane');

  await page.getByRole('link', { name: 'Start with nginx on Kubernetes' }).click();
  await page.getByRole('button', { name: 'Open the lab' }).click();
  await expect(page.locator('.lab-dock .shell .xterm-rows'), 'the lesson opens the same lab').toContainText('control-plane');
});
