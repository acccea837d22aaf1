// What a program in the terminal may not do to the page: the sequences that attack terminals and the people before them.
import { expect, test } from './fixtures.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('a program can neither rename the page, nor read or write the clipboard, nor type for the reader', async ({ lab, page }) => {
  await lab.open();
  const title = await page.title();
  await page.evaluate(() => navigator.clipboard.writeText('the reader’s own'));
  // Title and icon name; clipboard write and query (OSC 52); a report of the title, of answerback and of a setting, which would be typed.
  await lab.type(
    String.raw`clear; printf '\e]0;hacked\a\e]2;rm -rf ~\a\e]52;c;cm0gLXJmIH4=\a\e]52;c;?\a\e[21t\e[20t\005\eP$q"p\e\\\eP+q544e\e\\'; sleep 0.3; read -t 1 -n 200 answer; echo "answer=[$(printf %q "$answer")]"`,
  );
  await expect(lab.screen).toContainText('answer=[');
  expect(await page.title()).toBe(title);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('the reader’s own');
  await expect(lab.screen).not.toContainText('rm -rf');
  await expect(lab.screen).not.toContainText('cm0g');
});

test('only web addresses are links, and one that hides where it leads asks first', async ({ lab, page, context }) => {
  await lab.open();
  await lab.type(
    String.raw`clear; printf '\e]8;;javascript:document.title=1\aharmless\e]8;;\a  \e]8;;file:///etc/passwd\alocal\e]8;;\a  \e]8;;http://127.0.0.1:9/evil\ahttps://kubernetes.io\e]8;;\a\n'`,
  );
  const opened: string[] = [];
  const asked: string[] = [];
  context.on('page', (other) => opened.push(other.url()));
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  for (const text of ['harmless', 'local', 'https://kubernetes.io']) {
    const box = await lab.screen.getByText(text).last().boundingBox();
    const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + (box?.height ?? 0) / 2];
    await page.mouse.move(x, y);
    await page.mouse.move(x + 2, y);
    await page.mouse.click(x + 2, y);
  }
  await expect.poll(() => asked).toEqual([expect.stringContaining('http://127.0.0.1:9/evil')]);
  expect(opened).toEqual([]);
  expect(await page.title()).not.toBe('1');
});

test('text that a program prints never becomes part of the page', async ({ lab, page }) => {
  await lab.open();
  await lab.type(
    `clear; printf '<img src=x onerror=document.title=1><b id=injected>bold</b>\\n'; touch '<img src=x onerror=document.title=1>.txt'`,
  );
  await expect(lab.screen).toContainText('<b id=injected>bold</b>');
  await expect(lab.dock.getByRole('tab', { name: 'onerror' })).toBeVisible();
  await lab.dock.getByRole('button', { name: 'Log', exact: true }).click();
  await expect(lab.dock.locator('.command-log')).toContainText('onerror');
  expect(await page.locator('#injected').count()).toBe(0);
  expect(await lab.dock.locator('img').count()).toBe(0);
  expect(await page.title()).not.toBe('1');
});
