import { describe, expect, it } from 'vitest';
import { type Browser, TestApp } from '../../builders/app.ts';

const chapters = [{ id: 'basics', title: 'Basics', exercises: ['one', 'two'] }];

async function pass(test: TestApp, browser: Browser, exercise: string): Promise<void> {
  const id = await browser.lab(exercise);
  await test.hall.labs.get(id)?.open();
  test.hall.sandboxes.last.state.set({ kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } });
  await browser.ask('POST', `/api/labs/${id}/check`);
  await expect
    .poll(
      async () =>
        (await browser.ask('GET', '/api/progress')).json<{ exercises: { exercise: string; passedAt: number | null }[] }>().exercises,
    )
    .toContainEqual(expect.objectContaining({ exercise, passedAt: expect.any(Number) as number }));
}

const askFor = (browser: Browser, name = 'Ada') => browser.ask('POST', '/api/certificates', { payload: { chapter: 'basics', name } });

describe('certificates', () => {
  it('are refused until every exercise of the chapter has passed, and name those that are left', async () => {
    await using test = await TestApp.start({}, { chapters });
    const browser = test.browser();
    await pass(test, browser, 'one');
    const refused = await askFor(browser);
    expect([refused.statusCode, refused.json<unknown>()]).toEqual([
      409,
      { error: { code: 'CHAPTER_UNFINISHED', message: 'These exercises are still to pass: Three.' } },
    ]);
  });

  it('are signed, kept, verified by anyone, and survive a restart of the server', async () => {
    await using test = await TestApp.start({}, { chapters });
    const browser = test.browser();
    await pass(test, browser, 'one');
    await pass(test, browser, 'two');
    const given = await askFor(browser);
    expect(given.statusCode).toBe(201);
    const { token } = given.json<{ token: string }>();
    const stranger = test.browser();
    const verified = await stranger.ask('POST', '/api/certificates/verify', { payload: { token } });
    expect(verified.json()).toMatchObject({
      valid: true,
      certificate: { name: 'Ada', chapterTitle: 'Basics', exercises: [{ exercise: 'one', score: 3, outOf: 3 }, { exercise: 'two' }] },
    });
    expect((await browser.ask('GET', '/api/certificates')).json()).toMatchObject({ certificates: [{ chapter: 'basics', token }] });
    expect((await stranger.ask('GET', '/api/certificates')).json()).toEqual({ certificates: [] });
  });

  it('are not given to those without a cookie, for chapters that are none, or to names that hide something', async () => {
    await using test = await TestApp.start({}, { chapters });
    const browser = test.browser();
    expect((await askFor(browser)).statusCode).toBe(401);
    await browser.lab();
    expect((await browser.ask('POST', '/api/certificates', { payload: { chapter: 'nothing', name: 'Ada' } })).statusCode).toBe(404);
    for (const name of ['', '   ', 'a\u202Eb', 'a\nb', 'a'.repeat(101)]) {
      expect((await askFor(browser, name)).statusCode).toBe(400);
    }
    const forged = await browser.ask('POST', '/api/certificates/verify', { payload: { token: 'e30.AAAA' } });
    expect(forged.json()).toEqual({ valid: false });
  });
});

describe('the export of progress', () => {
  it('holds scores and results in Exercism’s format, as JSON and as CSV', async () => {
    await using test = await TestApp.start({}, { chapters });
    const browser = test.browser();
    await pass(test, browser, 'one');
    expect((await browser.ask('GET', '/api/progress/export.json')).json()).toMatchObject({
      exercises: [
        { exercise: 'one', score: 3, results: { version: 3, status: 'pass', tests: [{ name: 'Three replicas', status: 'pass' }] } },
      ],
    });
    const csv = await browser.ask('GET', '/api/progress/export.csv');
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.body.split('\r\n')).toHaveLength(3);
    expect((await browser.ask('GET', '/api/progress/one/results')).json()).toMatchObject({ version: 3, status: 'pass' });
    expect((await browser.ask('GET', '/api/progress/nothing/results')).statusCode).toBe(404);
  });

  it('is the learner’s own', async () => {
    await using test = await TestApp.start();
    expect((await test.browser().ask('GET', '/api/progress/export.json')).statusCode).toBe(401);
  });
});
