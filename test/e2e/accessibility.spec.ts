// No violation that axe can find, on any kind of page, in both themes; and the phone's layout.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, LESSON, test } from './fixtures.ts';

async function violations(page: Page): Promise<string[]> {
  const results = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

async function expectNoViolationsInBothThemes(page: Page): Promise<void> {
  for (const theme of ['light', 'dark']) {
    await page.getByRole('combobox', { name: 'Select theme' }).selectOption(theme);
    expect(await violations(page), `${page.url()} in the ${theme} theme`).toEqual([]);
  }
}

test('landing page and lesson have no accessibility violations', async ({ page }) => {
  for (const path of ['/', LESSON]) {
    await page.goto(path);
    await expectNoViolationsInBothThemes(page);
  }
});

test('a lesson with its lab open has no accessibility violations', async ({ lab, page }) => {
  await lab.open();
  await expect(lab.editor).toBeVisible();
  await lab
    .objective(/Three replicas/)
    .locator('summary')
    .first()
    .click();
  await expectNoViolationsInBothThemes(page);
  await lab.dock.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('Screen reader mode').check();
  expect(await violations(page)).toEqual([]);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 760 }, hasTouch: true, isMobile: true });

  test('nothing overflows, the lab is a sheet over the text, and its keys and plain editor work', async ({ lab, page }) => {
    for (const path of ['/', LESSON]) {
      await page.goto(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360);
    }
    await lab.open();
    expect(await violations(page)).toEqual([]);
    await lab.type('sleep 100');
    await lab.dock.getByRole('toolbar', { name: 'Keys' }).getByRole('button', { name: 'Ctrl+C' }).click();
    await expect(lab.screen).toContainText('^C');
    await lab.dock.getByRole('button', { name: 'Editor' }).click();
    await expect(lab.dock.getByRole('textbox', { name: 'nginx-deployment.yaml' })).toHaveValue(/kind: Deployment/);
    await lab.dock.getByRole('button', { name: 'Hide' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.getByRole('button', { name: 'Lab', exact: true }).click();
    await expect(lab.dock).toBeVisible();
  });
});
