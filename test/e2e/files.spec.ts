// The files of a lab by the page: made, renamed, deleted, taken away whole and brought back.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from './fixtures.ts';
import type { LabPage } from './fixtures.ts';

async function choose(lab: LabPage, item: string): Promise<void> {
  await lab.dock.getByRole('button', { name: 'Files' }).click();
  await lab.page.locator('#lab-files').getByRole('button', { name: item }).click();
}

test('a file is made, renamed and deleted from the menu, and the shell sees it', async ({ lab, page }) => {
  await lab.open();
  await choose(lab, 'New file…');
  await page.getByRole('textbox', { name: 'New file' }).fill('app/config.yaml');
  await page.keyboard.press('Enter');
  await expect(lab.dock.getByRole('tab', { name: 'app/config.yaml' })).toHaveAttribute('aria-selected', 'true');
  await choose(lab, 'Rename…');
  await page.getByRole('textbox', { name: 'Rename app/config.yaml' }).fill('app/settings.yaml');
  await page.keyboard.press('Enter');
  await expect(lab.dock.getByRole('tab', { name: 'app/settings.yaml' })).toHaveAttribute('aria-selected', 'true');
  await lab.type('ls app');
  await expect(lab.screen).toContainText('settings.yaml');
  await choose(lab, 'Delete…');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(lab.dock.getByRole('tab', { name: 'app/settings.yaml' })).toHaveCount(0);
  await lab.type('clear; ls app | wc -l');
  await expect(lab.screen).toContainText(/^\s*0/m);
});

test('the whole workspace comes down as an archive and goes up again; one that is none is refused in words', async ({ lab, page }) => {
  await lab.open();
  await lab.type('mkdir deep; echo treasure > deep/chest.txt; echo ready-$((1+1))');
  await expect(lab.screen).toContainText('ready-2');
  const downloading = page.waitForEvent('download');
  await choose(lab, 'Download all');
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('nginx-on-kubernetes.tar.gz');
  const file = await download.path();
  expect(execFileSync('tar', ['-xzOf', file, './deep/chest.txt']).toString()).toBe('treasure\n');

  await lab.type('clear; rm -r deep; echo gone-$((1+1))');
  await expect(lab.screen).toContainText('gone-2');
  const picker = page.locator('[data-upload]');
  await picker.setInputFiles({ name: 'work.tar.gz', mimeType: 'application/gzip', buffer: readFileSync(file) });
  await expect(lab.dock.locator('[data-announcer]')).toHaveText('work.tar.gz is uploaded.');
  await picker.setInputFiles([
    { name: 'one.yaml', mimeType: 'text/yaml', buffer: Buffer.from('kind: One\n') },
    { name: 'two.yaml', mimeType: 'text/yaml', buffer: Buffer.from('kind: Two\n') },
  ]);
  await expect(lab.dock.getByRole('tab', { name: 'two.yaml' })).toBeVisible();
  await lab.type('clear; cat deep/chest.txt one.yaml two.yaml');
  await expect(lab.screen).toContainText(/treasure[\s\S]*kind: One[\s\S]*kind: Two/);

  await picker.setInputFiles({ name: 'broken.tgz', mimeType: 'application/gzip', buffer: gzipSync('no archive at all'.repeat(100)) });
  await expect(lab.dock.locator('[data-transfer]')).toContainText('broken.tgz was not uploaded: The archive could not be unpacked');
});
