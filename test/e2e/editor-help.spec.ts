// What the editor knows of the files: it completes, explains, checks and formats by the schemas of the API server and of ECS.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import type { LabPage } from './fixtures.ts';

/** Replaces the whole file that is shown. */
async function write(lab: LabPage, page: Page, text: string): Promise<void> {
  await lab.editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Home');
    }
    await page.keyboard.insertText(line);
  }
  await page.keyboard.press('Escape');
}

/** A file made in the shell, shown in the editor. */
async function file(lab: LabPage, path: string, text: string): Promise<void> {
  await lab.type(`clear; printf '%b' '${text.replaceAll('\n', String.raw`\n`)}' > ${path}; echo made`);
  await expect(lab.screen).toContainText('made');
  await lab.showFile(path);
}

test('a manifest is completed, explained, checked and formatted by the schema of its kind', async ({ lab, page }) => {
  await lab.open();
  await lab.showFile('nginx-deployment.yaml');
  await write(lab, page, 'apiVersion: apps/v1\nkind: Deployment\nspec:\n  repl');
  await page.keyboard.press('Control+Space');
  const suggestion = page.locator('.suggest-widget .monaco-list-row').filter({ hasText: 'replicas' });
  await expect(suggestion.first()).toBeVisible();
  await page.keyboard.press('Escape');

  await write(lab, page, 'apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: many\n  replikas: 3');
  await expect(page.locator('.squiggly-error, .squiggly-warning').first()).toBeVisible();
  await page.keyboard.press('F8');
  await expect(page.locator('.marker-widget')).toContainText(/Incorrect type|not allowed|Missing/);
  await page.keyboard.press('Escape');

  await write(lab, page, 'apiVersion: v1\nkind: Service\nspec:\n      type:   LoadBalancer');
  await lab.editor.getByText('LoadBalancer').click();
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Control+i');
  await expect(page.locator('.monaco-hover').first()).toContainText('how the Service is exposed');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Alt+f');
  await expect(lab.editor).toContainText('type: LoadBalancer');
  await expect(lab.dock.locator('[data-save-state]')).toHaveText('Saved');
  await lab.type('clear; cat nginx-deployment.yaml');
  await expect(lab.screen).toContainText('  type: LoadBalancer');
});

test('a task definition and a Compose file are checked by the schemas of ECS', async ({ lab, page }) => {
  await lab.open();
  await file(
    lab,
    'nginx-task.json',
    '{\n "family": "web",\n "networkMode": "awsvpn",\n "containerDefinitions": [{\n  "name": "web",\n  "imagge": "nginx"\n }]\n}',
  );
  await expect(page.locator('.squiggly-warning, .squiggly-error')).toHaveCount(2);
  await file(lab, 'docker-compose.yml', 'version: "3"\nservices:\n  web:\n    ports: 80');
  await expect(page.locator('.squiggly-error, .squiggly-warning').first()).toBeVisible();
});

test('a file stands beside the solution’s once the reader has decided to look', async ({ lab, page }) => {
  await lab.open();
  await lab.showFile('nginx-deployment.yaml');
  await lab.dock.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('button', { name: 'Compare with the solution…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  await expect(lab.dock.locator('.monaco-diff-editor')).toHaveCount(0);
  await lab.dock.getByRole('button', { name: 'Files' }).click();
  await page.getByRole('button', { name: 'Compare with the solution…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show it' }).click();
  await expect(lab.dock.locator('.monaco-diff-editor .view-lines').first()).toContainText('replicas: 3');
  await lab.showFile('nginx-service.yaml');
  await expect(lab.dock.locator('.monaco-diff-editor')).toHaveCount(0);
  await expect(lab.editor).toContainText('kind: Service');
});

test.describe('on a small phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('a plain text area edits the same file, and the bar has the keys that the screen’s keyboard lacks', async ({ lab, page }) => {
    await lab.open();
    await lab.type('sleep 100');
    await lab.dock.getByRole('button', { name: 'Ctrl+C' }).click();
    await expect(lab.screen).toContainText('^C');
    await lab.dock.getByRole('button', { name: 'Editor', exact: true }).click();
    await lab.dock.getByRole('tab', { name: 'nginx-service.yaml' }).click();
    const area = lab.dock.locator('textarea.plain-editor');
    await expect(area).toHaveValue(/kind: Service/);
    await area.fill('kind: Mine\n');
    await expect(lab.dock.locator('[data-save-state]')).toHaveText('Saved');
    await lab.dock.getByRole('button', { name: 'Terminal', exact: true }).click();
    await lab.dock.locator('.shell:not([hidden]) .xterm-helper-textarea').focus();
    await page.keyboard.type('cat nginx-service.yaml');
    await page.keyboard.press('Enter');
    await expect(lab.screen).toContainText('kind: Mine');
    expect(await page.locator('.monaco-editor').count()).toBe(0);
  });
});
