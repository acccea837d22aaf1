// Two terminals side by side, and the log of commands for those who read rather than look.
import { expect, test } from './fixtures.ts';

test('two terminals stand side by side, each takes its own keys, and both stay when the page is loaded again', async ({ lab, page }) => {
  await lab.open();
  const shells = lab.dock.locator('.shell:not([hidden])');
  const split = lab.dock.getByRole('button', { name: 'Side by side' });
  await lab.type('echo in the left');
  await split.click();
  await expect(shells).toHaveCount(2);
  await expect(split).toHaveAttribute('aria-pressed', 'true');
  // The new one has the keys.
  await expect(shells.last().locator('.xterm-rows')).toContainText('$');
  await page.keyboard.type('echo in the right');
  await page.keyboard.press('Enter');
  await expect(shells.last().locator('.xterm-rows')).toContainText(/in the right[\s\S]*in the right/);
  await expect(shells.first().locator('.xterm-rows')).not.toContainText('in the right');
  const [left, right] = await Promise.all([shells.first().boundingBox(), shells.last().boundingBox()]);
  expect(left && right && left.x + left.width <= right.x + 1).toBe(true);

  await shells.first().locator('.xterm-screen').click();
  await expect(lab.dock.getByRole('tab', { name: 'Terminal 1' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.type('echo left-$((40+2))');
  await page.keyboard.press('Enter');
  await expect(shells.first().locator('.xterm-rows')).toContainText('left-42');
  await split.click();
  await expect(shells).toHaveCount(1);
  await expect(lab.screen).toContainText('left-42');
});

test('the command log lists what ran, what it printed and how it ended, by keyboard and in words', async ({ lab, page }) => {
  await lab.open();
  await lab.type('echo one; echo two');
  await lab.type('ls /nowhere');
  await expect(lab.screen).toContainText('No such file');
  const toggle = lab.dock.getByRole('button', { name: 'Log', exact: true });
  await toggle.focus();
  await page.keyboard.press('Enter');
  const log = lab.dock.getByRole('region', { name: 'Commands of this terminal' });
  const [first, second] = [log.getByRole('listitem').nth(0), log.getByRole('listitem').nth(1)];
  await expect(first.locator('summary')).toHaveText('echo one; echo two done');
  await expect(second.locator('summary')).toHaveText('ls /nowhere status 2');
  await first.locator('summary').click();
  await expect(first.locator('pre')).toHaveText('one\ntwo');
  await second.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(second.locator('pre')).toContainText('No such file or directory');
  await page.keyboard.press('Escape');
  await expect(log).toBeHidden();
  await expect(toggle).toBeFocused();
});

test('in screen reader mode the end of a command is said, and the terminal’s lines can be read', async ({ lab, page }) => {
  await lab.open();
  await lab.dock.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('Screen reader mode').check();
  await page.keyboard.press('Escape');
  await lab.dock.locator('.shell:not([hidden]) .xterm-helper-textarea').focus();
  await page.keyboard.type('false');
  await page.keyboard.press('Enter');
  await expect(lab.dock.locator('[data-announcer]')).toHaveText('false: ended with status 1.');
  await page.keyboard.type('echo read me');
  await page.keyboard.press('Enter');
  await expect(lab.dock.locator('.xterm-accessibility')).toContainText('read me');
});
