// What browser tests start from: a server per worker, and the lesson with its lab as a person handles them.
import { expect, test as base, type APIRequestContext, type Locator, type Page } from '@playwright/test';
import { labSchema } from '../../lab-server/protocol/index.ts';
import { LabServer } from './lab-server.ts';

export const LESSON = '/code-examples/nginx-on-kubernetes/';

/** The lessons whose labs are tested, by their exercise. */
const LESSONS = {
  'nginx-on-kubernetes': { path: LESSON, title: 'nginx on Kubernetes' },
  'nginx-on-ecs': { path: '/code-examples/nginx-on-ecs/', title: 'nginx on ECS' },
};
type Exercise = keyof typeof LESSONS;

export class LabPage {
  readonly page: Page;
  readonly dock: Locator;
  readonly #path: string;

  constructor(page: Page, exercise: Exercise) {
    const { path, title } = LESSONS[exercise];
    this.page = page;
    this.dock = page.getByRole('region', { name: `Lab: ${title}` });
    this.#path = path;
  }

  /** Opens the lesson and its lab, and waits for a prompt. */
  async open(): Promise<void> {
    await this.page.goto(this.#path);
    await this.page.getByRole('button', { name: 'Open the lab' }).click();
    await this.hasPrompt();
  }

  async hasPrompt(): Promise<void> {
    await expect(this.state).toContainText('Ready');
    await expect(this.screen).toContainText('$');
  }

  get state(): Locator {
    return this.dock.locator('.lab-state');
  }

  /** The rows of the terminal that is shown. */
  get screen(): Locator {
    return this.dock.locator('.shell:not([hidden]) .xterm-rows');
  }

  /** Opens the menu of the terminal that is shown, and chooses. */
  async choose(item: string): Promise<void> {
    await this.dock.locator('.shell:not([hidden]) .xterm-screen').click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** Selects a word that the terminal shows last, as a double click does. */
  async selectWord(word: string): Promise<void> {
    const box = await this.screen.getByText(word).last().boundingBox();
    if (!box) {
      throw new Error(`The terminal does not show ${word}.`);
    }
    await this.page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
  }

  get editor(): Locator {
    return this.dock.locator('.view-lines');
  }

  objective(title: RegExp): Locator {
    return this.dock.locator('details[data-objective]').filter({ has: this.page.locator('.objective-title', { hasText: title }) });
  }

  /** Types a command into the terminal that is shown. */
  async type(command: string): Promise<void> {
    await this.dock.locator('.shell:not([hidden]) .xterm-helper-textarea').focus();
    await this.page.keyboard.insertText(command);
    await this.page.keyboard.press('Enter');
  }

  /** Presses the Run button of a code block of the text. */
  async run(command: string | RegExp): Promise<void> {
    const block = this.page.locator('figure').filter({ hasText: command });
    await block.getByRole('button', { name: /^(Run|Ran)/ }).click();
    await expect(block.getByRole('button', { name: 'Ran' })).toBeVisible();
  }

  /** Replaces the line of the file in the editor that begins with `start`. */
  async editLine(start: string, line: string): Promise<void> {
    // By the editor's own search: it draws only the lines that fit.
    await this.editor.click();
    await this.page.keyboard.press('Control+f');
    await this.page.getByRole('textbox', { name: 'Find' }).fill(start);
    await this.page.keyboard.press('Enter');
    await this.page.keyboard.press('Escape');
    await this.page.keyboard.press('End');
    await this.page.keyboard.press('Shift+Home');
    await this.page.keyboard.type(line);
    await expect(this.dock.locator('[data-save-state]')).toHaveText('Saved');
  }

  async showFile(path: string): Promise<void> {
    await this.dock.getByRole('tab', { name: path }).click();
    await expect(this.dock.getByRole('tab', { name: path })).toHaveAttribute('aria-selected', 'true');
  }

  /** Fills the starter files, or what an earlier call made of them, from the shell, and applies them. `changes`: sed expressions that come last. */
  async deploy(changes: { deployment?: string; service?: string } = {}): Promise<void> {
    const deployment = `-e 's/replicas:.*/replicas: 3/' -e 's/image:.*/image: nginx:latest/' ${changes.deployment ?? ''}`;
    const service = `-e 's/selector:.*/selector: {app: nginx}/' -e 's/targetPort:.*/targetPort: 80/' ${changes.service ?? ''}`;
    await this.type(`clear; sed -i ${deployment} nginx-deployment.yaml && sed -i ${service} nginx-service.yaml && kubectl apply -f .`);
    await expect(this.screen).toContainText(/service\/nginx-service (created|configured|unchanged)/);
  }
}

/** Ends the lab that a test opened: labs outlive their page and the server, and would go on using the machine. */
async function closeLab(request: APIRequestContext, origin: string, exercise: Exercise): Promise<void> {
  const headers = { origin };
  const answer = await request.post('/api/labs', { headers, data: { exercise } });
  if (answer.ok()) {
    const { id } = labSchema.parse(await answer.json());
    await request.delete(`/api/labs/${id}`, { headers });
  }
}

export const test = base.extend<{ exercise: Exercise; lab: LabPage; leftovers: void }, { server: LabServer }>({
  exercise: ['nginx-on-kubernetes', { option: true }],
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
    async ({}, use) => {
      await using server = await LabServer.start();
      await use(server);
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  lab: async ({ page, exercise }, use) => use(new LabPage(page, exercise)),
  leftovers: [
    async ({ context, server, exercise }, use) => {
      await use();
      const cookies = await context.cookies();
      if (cookies.length > 0) {
        await closeLab(context.request, server.url, exercise);
      }
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
