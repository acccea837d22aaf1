// The terminal's habits: copy, paste, search, several of them, and the way out by keyboard.
import { expect, test } from './fixtures.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('copy and paste work by keyboard and by the right-click menu', async ({ lab, page }) => {
  await lab.open();
  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-by-keys'));
  await lab.dock.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Control+Shift+V');
  await page.keyboard.press('Enter');
  await expect(lab.screen).toContainText(/pasted-by-keys[\s\S]*pasted-by-keys/);

  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-by-insert'));
  await page.keyboard.press('Shift+Insert');
  await page.keyboard.press('Enter');
  await expect(lab.screen).toContainText(/pasted-by-insert[\s\S]*pasted-by-insert/);

  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-by-menu'));
  await lab.choose('Paste');
  await page.keyboard.press('Enter');
  await expect(lab.screen).toContainText(/pasted-by-menu[\s\S]*pasted-by-menu/);

  for (const keys of ['Control+Shift+C', 'Control+Insert']) {
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await lab.selectWord('pasted-by-keys');
    await page.keyboard.press(keys);
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('pasted');
  }

  await lab.dock.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('Copy what is selected').check();
  await page.keyboard.press('Escape');
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await lab.selectWord('pasted-by-menu');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('pasted');
});

test('several terminals open, are named, searched and closed', async ({ lab, page }) => {
  await lab.open();
  await lab.type('echo in the first');
  await lab.dock.getByRole('button', { name: 'New terminal' }).click();
  await expect(lab.dock.getByRole('tab', { name: 'Terminal 2' })).toHaveAttribute('aria-selected', 'true');
  await expect(lab.screen).not.toContainText('in the first');
  await lab.dock.getByRole('tab', { name: 'Terminal 2' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(lab.screen).toContainText('in the first');

  await lab.dock.locator('.shell:not([hidden]) .xterm-helper-textarea').focus();
  await page.keyboard.press('Control+Shift+F');
  await page.getByLabel('Find in this terminal').fill('first');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await lab.dock.getByRole('tab', { name: 'Terminal 2' }).click();
  await lab.dock.getByRole('tab', { name: 'Terminal 2' }).focus();
  await page.keyboard.press('Delete');
  await expect(lab.dock.getByRole('tab', { name: 'Terminal 2' })).toHaveCount(0);
});

test('the keyboard reaches every part and leaves it again', async ({ lab, page }) => {
  await lab.open();
  const parts = { text: 'h1', objectives: '#lab-objectives-title', editor: '.lab-editor', terminal: '.lab-terminals' };
  const inside = (selector: string): Promise<boolean> =>
    page.evaluate((found) => Boolean(document.activeElement?.closest(found)), selector);
  await expect(lab.editor).toBeVisible();
  await expect.poll(() => inside(parts.terminal)).toBe(true);
  for (const part of ['text', 'objectives', 'editor', 'terminal'] as const) {
    await page.keyboard.press('F6');
    await expect.poll(() => inside(parts[part]), `F6 goes to the ${part}`).toBe(true);
  }
  await page.keyboard.press('Shift+F6');
  await expect.poll(() => inside(parts.editor)).toBe(true);

  const divider = lab.dock.getByRole('separator', { name: 'Width of the lab' });
  const before = Number(await divider.getAttribute('aria-valuenow'));
  await divider.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(divider).toHaveAttribute('aria-valuenow', String(before + 2));
  await page.reload();
  await expect(divider, 'the width is remembered').toHaveAttribute('aria-valuenow', String(before + 2));
});

test('starting again asks first, and gives the starter files and a fresh cluster', async ({ lab, page }) => {
  await lab.open();
  await lab.type('echo changed > nginx-service.yaml; kubectl create namespace mine; touch mine.txt');
  await expect(lab.dock.getByRole('tab', { name: 'mine.txt' })).toBeVisible();
  await lab.dock.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('button', { name: 'Start again…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start again' }).click();
  await expect(lab.dock.getByRole('tab', { name: 'mine.txt' })).toHaveCount(0);
  await lab.hasPrompt();
  await lab.type('grep kind nginx-service.yaml; kubectl get namespaces; echo listed');
  await expect(lab.screen).toContainText('kube-system');
  await expect(lab.screen).toContainText('kind: Service');
  await expect(lab.screen).not.toContainText('mine');
});

test('closing asks first, and a closed lab can be opened again', async ({ lab, page }) => {
  await lab.open();
  await lab.type('touch mine.txt');
  await expect(lab.dock.getByRole('tab', { name: 'mine.txt' })).toBeVisible();
  await lab.dock.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('button', { name: 'Close the lab…' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await expect(lab.state).toContainText('Ready');
  await lab.dock.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('button', { name: 'Close the lab…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close the lab' }).click();
  await expect(lab.state).toContainText('Closed');
  await lab.dock.getByRole('button', { name: 'Open again' }).click();
  await lab.hasPrompt();
  await expect(lab.dock.getByRole('tab', { name: 'nginx-service.yaml' })).toBeVisible();
  await expect(lab.dock.getByRole('tab', { name: 'mine.txt' })).toHaveCount(0);
});
