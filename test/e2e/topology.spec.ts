// The topology view: what the sandbox does is seen as it happens, in the drawing and in words.
import { expect, test } from './fixtures.ts';

test('the topology shows deployments, failures, scaling and who serves what as they happen, drawn and in words', async ({ lab, page }) => {
  await lab.open();
  await lab.dock.getByRole('button', { name: 'Topology' }).click();
  const view = lab.dock.getByRole('region', { name: 'Topology' });
  await expect(view).toContainText('Nothing of yours runs here yet');

  await lab.type('kubectl create deployment web --image=nginx --replicas=3; kubectl expose deployment web --port=80');
  await expect(view.locator('.topology-words')).toContainText('Deployment web: 3 of 3 ready.');
  await expect(view.locator('.topology-words')).toContainText('serves 3 pods');
  await expect(view.locator('.cells [data-state=ready]')).toHaveCount(3);
  await expect(view.locator('.links .open')).toHaveCount(1);

  await lab.type('kubectl scale deployment web --replicas=5');
  await expect(view.locator('.cells [data-state=ready]')).toHaveCount(5);
  await expect(lab.dock.locator('[data-announcer]')).toContainText('web: 5 of 5 ready.');

  await lab.type('kubectl set image deployment/web nginx=no-such-image:1');
  await expect(view.locator('.cells [data-state=failing]').first()).toBeVisible();
  await expect(view.locator('.cells [data-revision=old]').first()).toBeVisible();

  await view.getByRole('button', { name: 'In words' }).click();
  await expect(
    view
      .locator('.topology-words')
      .getByText(/ImagePullBackOff|ErrImagePull/)
      .first(),
  ).toBeVisible();
  await page.reload();
  await lab.hasPrompt();
  await expect(
    view
      .locator('.topology-words')
      .getByText(/ImagePullBackOff|ErrImagePull/)
      .first(),
    'the view is as it was left',
  ).toBeVisible();
});
