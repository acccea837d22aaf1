// What a reload, a lost network and a restart of the server leave as it was: shell, scrollback, files, cluster.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import type { LabPage } from './fixtures.ts';

/** All text of the terminal that is shown, by its own menu: select all, copy. */
async function wholeTerminal(lab: LabPage, page: Page): Promise<string> {
  await lab.choose('Select all');
  await lab.choose('Copy');
  await expect(lab.dock.locator('[data-announcer]')).toHaveText('Copied.');
  return page.evaluate(() => navigator.clipboard.readText());
}

/** How often each number from 1 to `last` stands alone on a line. */
function missingOrDoubled(text: string, last: number): number[] {
  const counts = new Map<number, number>();
  for (const line of text.split('\n')) {
    if (/^\d+\s*$/.test(line)) {
      counts.set(Number(line), (counts.get(Number(line)) ?? 0) + 1);
    }
  }
  return Array.from({ length: last }, (_, index) => index + 1).filter((number) => counts.get(number) !== 1);
}

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('a reload keeps the shell, its scrollback, the files and the open lab', async ({ lab, page }) => {
  await lab.open();
  await lab.type('mood=calm; echo first line; echo note > notes.txt');
  await expect(lab.dock.getByRole('tab', { name: 'notes.txt' })).toBeVisible();
  await page.reload();
  await lab.hasPrompt();
  await expect(lab.screen).toContainText('first line');
  await expect(lab.dock.getByRole('tab', { name: 'notes.txt' })).toBeVisible();
  await lab.type('echo still $mood');
  await expect(lab.screen).toContainText('still calm');
});

test('a lost network is said, and the shell goes on where it was', async ({ lab, page, context }) => {
  await lab.open();
  await lab.type('for i in $(seq 40); do echo $i; sleep 0.1; done; echo finished');
  await expect(lab.screen).toContainText('finished');
  await lab.type('clear; for i in $(seq 60); do echo $i; sleep 0.05; done; echo over');
  await expect(lab.screen).toContainText('12');
  await context.setOffline(true);
  await expect(lab.state).toContainText('Connection lost');
  await context.setOffline(false);
  await expect(lab.state).toContainText('Ready');
  await expect(lab.screen).toContainText('over');
  expect(missingOrDoubled((await wholeTerminal(lab, page)).split('finished').at(-1) ?? '', 60).filter((line) => line > 40)).toEqual([]);
});

test('a restart of the server in mid-command loses no line and doubles none', async ({ lab, page, server }) => {
  await lab.open();
  await lab.type('for i in $(seq 3000); do echo $i; [ $((i % 100)) = 0 ] && sleep 0.2; done; echo complete');
  // Well into it: the last line has three digits, and there are thousands to come.
  await expect(lab.screen).toContainText(/[2-9]\d\d\s*$/);
  await server.restart();
  await expect(lab.screen).toContainText('complete', { timeout: 60_000 });
  await expect(lab.state).toContainText('Ready');
  expect(missingOrDoubled(await wholeTerminal(lab, page), 3000)).toEqual([]);
  await lab.type('clear; kubectl get nodes');
  await expect(lab.screen).toContainText('control-plane');
});
