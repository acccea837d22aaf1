// Every kind of page: readable by all, at 360 pixels and in both themes, and doing what it is for.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, LESSON, test } from './fixtures.ts';

const PAGES = [
  '/',
  LESSON,
  '/exercises/',
  '/exercises/nginx-on-kubernetes/',
  '/progress/',
  '/certificate/',
  '/concepts/',
  '/glossary/',
  '/tools/cost/',
  '/quizzes/orchestration/',
  '/cost/what-is-billed/',
  '/conclusion/deciding/',
  '/exercises/pod-and-task/',
  '/tools/decide/?place=clouds.3&operators=nobody.3',
  '/de/',
  `/de${LESSON}`,
];

async function violations(page: Page): Promise<string[]> {
  const results = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

for (const path of PAGES) {
  test(`${path} has no accessibility violations in either theme`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    for (const theme of ['light', 'dark']) {
      await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
      expect(await violations(page), `${path} in the ${theme} theme`).toEqual([]);
    }
  });
}

test.describe('at 360 pixels', () => {
  test.use({ viewport: { width: 360, height: 760 } });

  test('no page scrolls sideways', async ({ page }) => {
    for (const path of PAGES) {
      await page.goto(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360);
    }
  });

  test('no button stands over the command that it runs or copies', async ({ page }) => {
    await page.goto(LESSON);
    await expect(page.locator('.lab-action').first()).toBeVisible();
    const covered = await page.locator('.frame.has-action:not(.has-title)').evaluateAll((frames) =>
      frames.flatMap((frame) => {
        const buttons = [...frame.querySelectorAll('button')].map((button) => button.getBoundingClientRect());
        const words = [...frame.querySelectorAll('.ec-line .code span')].flatMap((word) => [...word.getClientRects()]);
        const meets = (a: DOMRect, b: DOMRect): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        return words.some((word) => buttons.some((button) => meets(word, button))) ? [frame.textContent] : [];
      }),
    );
    expect(covered).toEqual([]);
  });
});

test('the cost calculator follows its sliders, and its link brings the same figures back', async ({ page }) => {
  await page.goto('/tools/cost/');
  const fargate = page.locator('[data-way=ecs-fargate] [data-total]');
  await expect(fargate).toHaveText('$54.06');
  await page.getByRole('slider', { name: 'Tasks or pods' }).press('End');
  await expect(fargate).toHaveText('$1,081.20');
  await page.getByRole('combobox', { name: 'Second way' }).selectOption('ECS on EC2');
  await expect(page.locator('[data-findings]')).toContainText('ECS on EC2');
  const link = page.url();
  expect(link).toContain('t=60');
  await page.goto('/');
  await page.goto(link);
  await expect(fargate).toHaveText('$1,081.20');
  await expect(page.getByRole('combobox', { name: 'Second way' })).toHaveValue('ecs-ec2');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as CSV' }).click()]);
  expect(download.suggestedFilename()).toBe('dockside-cost.csv');
});

test('the decision tool gives a result with reasons, and says what would change it', async ({ page }) => {
  await page.goto('/tools/decide/');
  const result = page.getByRole('region', { name: 'The result' });
  await page.getByLabel('Developers, beside their work').check();
  await expect(result.locator('[data-verdict]')).toHaveText('Amazon ECS');
  await expect(result).toContainText('ECS has no versions to upgrade');
  await page.getByLabel('On two clouds or more').check();
  await expect(result.locator('[data-verdict]')).toHaveText('Either will do');
  await expect(result.locator('[data-sensitivities] li').first()).toContainText('mattered less');
  await page.getByLabel('Where there is no connection to AWS').check();
  await expect(result.locator('[data-verdict]')).toHaveText('Kubernetes');
  await page.reload();
  await expect(result.locator('[data-verdict]')).toHaveText('Kubernetes');
});

test('exercises can be filtered, and the address keeps the filter', async ({ page }) => {
  await page.goto('/exercises/');
  const items = page.locator('li[data-exercise]:visible');
  const all = await items.count();
  await page.getByLabel('Difficulty').selectOption('advanced');
  await expect(page.locator('[data-count]')).not.toHaveText(`${all} of ${all} exercises`);
  for (const difficulty of await items.evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.difficulty))) {
    expect(difficulty).toBe('advanced');
  }
  await page.reload();
  await expect(page.getByLabel('Difficulty')).toHaveValue('advanced');
});

test('a link to an objective opens the lab there, and the landing page goes on where the reader was', async ({ page }) => {
  await page.goto('/exercises/nginx-on-kubernetes/#objective-replicas');
  const objective = page.locator('#objective-replicas');
  await expect(objective).toHaveAttribute('open');
  await expect(objective.locator('summary').first()).toBeInViewport();
  await page.goto('/');
  await page.getByRole('link', { name: 'Continue with nginx on Kubernetes' }).click();
  await expect(page).toHaveURL(/\/exercises\/nginx-on-kubernetes\//);
});

test('the progress page counts what was reached and lets it be taken along', async ({ lab, page }) => {
  await lab.open();
  await lab.deploy();
  await expect(lab.objective(/Three replicas/)).toHaveAttribute('data-state', 'passed');
  await page.goto('/progress/');
  const row = page.locator('tr[data-exercise=nginx-on-kubernetes]');
  await expect(row.locator('[data-score]')).not.toHaveText('0 of 12');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'JSON' }).click()]);
  expect(download.suggestedFilename()).toBe('dockside-progress.json');
});

test('a certificate that this server did not sign is refused in words', async ({ page }) => {
  await page.goto('/certificate/#e30.AAAA');
  await expect(page.getByText('Not verified')).toBeVisible();
});

test('the palette opens by keyboard, finds a page and goes there, and works on the lab', async ({ lab, page }) => {
  await page.goto('/');
  await page.keyboard.press('Control+.');
  await page.getByRole('combobox', { name: 'Command' }).fill('what it costs');
  await expect(page.getByRole('listbox', { name: 'Commands' }).getByRole('option', { selected: true })).toContainText('What it costs');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/tools\/cost\//);

  await lab.open();
  await page.keyboard.press('Control+.');
  await page.getByRole('combobox', { name: 'Command' }).fill('show the topology');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(lab.dock.getByRole('region', { name: 'Topology' })).toBeVisible();
});

test('served as plain files, lessons read on and say how to get a lab', async ({ page }) => {
  await page.route('**/api/**', (route) => route.fulfill({ status: 405, contentType: 'text/html', body: '<h1>Not allowed</h1>' }));
  await page.goto(LESSON);
  await page.getByRole('button', { name: 'Open the lab' }).click();
  await expect(page.locator('.lab-state')).toContainText('npm start');
  await page.goto('/progress/');
  await expect(page.getByText('served without a lab server')).toBeVisible();
  await page.goto('/exercises/');
  await expect(page.locator('li[data-exercise]').first()).toBeVisible();
});
