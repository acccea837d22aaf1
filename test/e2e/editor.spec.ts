// One set of files, seen by the editor and the shell, each way.
import { expect, test } from './fixtures.ts';

test('what is typed in the editor is what the shell reads, and what the shell writes is shown in the editor', async ({ lab }) => {
  await lab.open();
  await lab.showFile('nginx-deployment.yaml');
  await lab.editLine('replicas:', 'replicas: 3');
  await lab.type('grep replicas nginx-deployment.yaml');
  await expect(lab.screen).toContainText('replicas: 3');

  await lab.type(`sed -i 's/replicas: 3/replicas: 5/' nginx-deployment.yaml`);
  await expect(lab.editor).toContainText('replicas: 5');
  await lab.type('echo hello > new.txt');
  await lab.showFile('new.txt');
  await expect(lab.editor).toContainText('hello');
});

test('a file that was changed in the shell and in the editor is not overwritten: the reader chooses', async ({ lab, page }) => {
  await lab.open();
  await lab.showFile('nginx-deployment.yaml');
  // The network holds the editor's save until the shell has written.
  const held = Promise.withResolvers<void>();
  await page.route('**/files/nginx-deployment.yaml', async (route) => {
    if (route.request().method() === 'PUT') {
      await held.promise;
    }
    await route.continue();
  });
  await lab.editor.locator('.view-line').filter({ hasText: 'replicas:' }).click();
  await page.keyboard.type('#mine');
  await expect(lab.dock.locator('[data-save-state]')).toHaveText('Saving');
  await lab.type('echo "# theirs" >> nginx-deployment.yaml; echo written');
  await expect(lab.screen).toContainText('written');
  held.resolve();

  const conflict = lab.dock.getByRole('alert');
  await expect(conflict).toContainText('The shell changed nginx-deployment.yaml');
  await page.unroute('**/files/nginx-deployment.yaml');
  await conflict.getByRole('button', { name: 'Keep my text' }).click();
  await expect(lab.dock.locator('[data-save-state]')).toHaveText('Saved');
  await lab.type('clear; grep replicas nginx-deployment.yaml; tail -n 1 nginx-deployment.yaml');
  await expect(lab.screen).toContainText('#mine');
  await expect(lab.screen).not.toContainText('# theirs');
});
