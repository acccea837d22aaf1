import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LabEvent } from '../../../lab-server/labs/index.ts';
import { LabHall, MINUTE } from '../../builders/labs.ts';

describe('asking for a lab', () => {
  it('opens it with visible stages and hands the sandbox’s access to the workspace', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.labs.request('ada', 'one');
    const events: LabEvent[] = [];
    lab.subscribe((event) => events.push(event));
    await lab.open();
    expect(lab.describe()).toMatchObject({ state: 'ready', exercise: 'one', outOf: 3, workspace: { driver: 'memory', isolated: true } });
    expect(lab.describe().stages.map(({ id, state }) => `${id} ${state}`)).toEqual(['cluster done', 'workspace done']);
    expect(hall.workspaces.last.spec.access[0]?.files['.kube/config']?.content).toBe('config');
    expect(hall.workspaces.last.spec.files).toEqual({ 'web.yaml': 'kind: Deployment\n' });
  });

  it('gives the one that is open, however often it is asked at once', async () => {
    await using hall = await LabHall.open();
    const asked = await Promise.all([hall.labs.request('ada', 'one'), hall.labs.request('ada', 'one')]);
    const later = await hall.labs.request('ada', 'one');
    expect(new Set([...asked, later]).size).toBe(1);
    await later.open();
    expect(hall.sandboxes.opened).toHaveLength(1);
  });

  it('gives each learner and each exercise its own', async () => {
    await using hall = await LabHall.open();
    const labs = await Promise.all([hall.labs.request('ada', 'one'), hall.labs.request('ada', 'two'), hall.labs.request('grace', 'one')]);
    expect(new Set(labs.map((lab) => lab.id)).size).toBe(3);
  });

  it('is refused for an exercise that does not exist', async () => {
    await using hall = await LabHall.open();
    await expect(hall.labs.request('ada', 'nothing')).rejects.toMatchObject({ code: 'EXERCISE_UNKNOWN', status: 404 });
  });

  it('of more exercises than a learner may run suspends the least used of their own', async () => {
    await using hall = await LabHall.open({ maxPerLearner: 2 });
    const first = await hall.readyLab('ada', 'one');
    await hall.clock.advance(MINUTE);
    const second = await hall.readyLab('ada', 'two');
    await hall.clock.advance(MINUTE);
    first.touch();
    await hall.readyLab('ada', 'three');
    expect([first.state, second.state]).toEqual(['ready', 'suspended']);
  });

  it('on a full server suspends what nobody uses', async () => {
    await using hall = await LabHall.open({ max: 2 });
    const first = await hall.readyLab('ada', 'one');
    const second = await hall.readyLab('grace', 'one');
    await hall.clock.advance(5 * MINUTE);
    second.touch();
    await hall.readyLab('alan', 'one');
    expect([first.state, second.state]).toEqual(['suspended', 'ready']);
  });

  it('that cannot open fails with the reason, and can be asked for again', async () => {
    await using hall = await LabHall.open();
    hall.workspaces.failure = new Error('no space left on device');
    const lab = await hall.labs.request('ada', 'one');
    await expect(lab.open()).rejects.toThrow('no space left');
    expect(lab.describe()).toMatchObject({ state: 'failed', stages: [{ state: 'done' }, { id: 'workspace', state: 'failed' }] });
    expect(lab.reason).toBe('The lab could not be opened: no space left on device.');
    expect(hall.sandboxes.last.log).toEqual(['let go']);
    hall.workspaces.failure = undefined;
    expect(await hall.labs.request('ada', 'one')).toBe(lab);
    await lab.open();
    expect(lab.state).toBe('ready');
  });

  it('that never opens fails after the deadline', async () => {
    await using hall = await LabHall.open();
    hall.sandboxes.gate = new Promise(() => {});
    const lab = await hall.labs.request('ada', 'one');
    await hall.clock.advance(MINUTE);
    await expect.poll(() => lab.state).toBe('failed');
    expect(lab.reason).toContain('did not open within 60 seconds');
  });
});

describe('a full server', () => {
  it('lets labs wait in order, says where they stand, and opens them by itself when somebody leaves', async () => {
    await using hall = await LabHall.open({ max: 1 });
    const first = await hall.readyLab('ada', 'one');
    const second = await hall.labs.request('grace', 'one');
    const third = await hall.labs.request('alan', 'one');
    expect([second.state, third.state]).toEqual(['queued', 'queued']);
    expect(second.describe().reason).toMatch(/All 1 places on this server are in use\. You are number 1 in the queue/);
    expect(third.reason).toContain('number 2');
    expect(await hall.labs.request('grace', 'one')).toBe(second);
    await first.close();
    await expect.poll(() => second.state).toBe('ready');
    expect([third.state, third.reason]).toEqual(['queued', expect.stringContaining('number 1')]);
  });

  it('opens a waiting lab when another was not used for five minutes', async () => {
    await using hall = await LabHall.open({ max: 1 });
    const first = await hall.readyLab('ada', 'one');
    const second = await hall.labs.request('grace', 'one');
    await hall.clock.advance(4 * MINUTE);
    first.touch();
    await hall.clock.advance(2 * MINUTE);
    expect(second.state).toBe('queued');
    await hall.clock.advance(4 * MINUTE);
    await expect.poll(() => second.state).toBe('ready');
    expect(first.state).toBe('suspended');
    // The one that made room waits when it comes back, and is not lost.
    second.touch();
    await hall.labs.request('ada', 'one');
    expect(first.state).toBe('queued');
    await second.close();
    await expect.poll(() => first.state).toBe('ready');
  });

  it('gives up the place in the queue of who leaves it, and lets nobody wait for more labs than they may run', async () => {
    await using hall = await LabHall.open({ max: 1, maxPerLearner: 1 });
    const first = await hall.readyLab('ada', 'one');
    const second = await hall.labs.request('grace', 'one');
    const third = await hall.labs.request('alan', 'one');
    await expect(hall.labs.request('grace', 'two')).rejects.toMatchObject({ code: 'LABS_QUEUED', status: 429 });
    expect(await second.close()).toEqual([]);
    expect(third.reason).toContain('number 1');
    await first.close();
    await expect.poll(() => third.state).toBe('ready');
  });

  it('keeps the queue over a restart', async () => {
    await using hall = await LabHall.open({ max: 1 });
    const first = await hall.readyLab('ada', 'one');
    const second = await hall.labs.request('grace', 'one');
    await hall.restart();
    expect(hall.labs.get(second.id)?.state).toBe('queued');
    await hall.labs.get(first.id)?.close();
    await expect.poll(() => hall.labs.get(second.id)?.state).toBe('ready');
  });

  it('without isolation serves one person at a time', async () => {
    await using hall = await LabHall.open();
    hall.workspaces.isForOnePerson = true;
    const first = await hall.readyLab('ada', 'one');
    await hall.readyLab('ada', 'two');
    await expect(hall.labs.request('eve', 'one')).rejects.toMatchObject({ code: 'WORKSPACE_ONE_PERSON', status: 403 });
    await Promise.all(['one', 'two'].map(async (exercise) => (await hall.labs.request('ada', exercise)).close()));
    await hall.readyLab('eve', 'one');
    expect(first.state).toBe('closed');
  });
});

describe('the time of a lab', () => {
  it('suspends it when it is idle, and goes on where it was', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    await hall.clock.advance(29 * MINUTE);
    expect(lab.state).toBe('ready');
    await hall.clock.advance(2 * MINUTE);
    expect(lab.state).toBe('suspended');
    expect(hall.workspaces.last.log).toEqual(['suspend', 'let go']);
    expect(hall.sandboxes.last.log).toEqual(['suspend', 'let go']);
    await hall.labs.request('ada', 'one');
    await lab.open();
    expect(lab.state).toBe('ready');
    expect(hall.sandboxes.opened.map(({ lab: { folder } }) => folder)).toEqual([
      join(hall.folder, 'labs', lab.id),
      join(hall.folder, 'labs', lab.id),
    ]);
  });

  it('counts use against idleness', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    for (let minute = 0; minute < 120; minute += 20) {
      await hall.clock.advance(20 * MINUTE);
      lab.touch();
    }
    expect(lab.state).toBe('ready');
  });

  it('moves its end with use, in steps, and tells it', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    const ends: number[] = [];
    lab.subscribe((event) => event.type === 'state' && ends.push(event.expiresAt));
    const first = lab.expiresAt;
    await hall.clock.advance(30_000);
    lab.touch();
    expect(lab.expiresAt).toBe(first);
    await hall.clock.advance(45_000);
    lab.touch();
    expect(lab.expiresAt).toBe(first + 75_000);
    expect(ends).toEqual([first + 75_000]);
  });

  it('closes it at its end, and removes its folder', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    const folder = join(hall.folder, 'labs', lab.id);
    expect(existsSync(folder)).toBe(true);
    await hall.clock.advance(24 * 60 * MINUTE + 1);
    await expect(lab.check()).rejects.toMatchObject({ code: 'LAB_NOT_READY' });
    await expect.poll(() => lab.state).toBe('closed');
    expect(existsSync(folder)).toBe(false);
    expect(hall.labs.get(lab.id)).toBeUndefined();
    await expect.poll(() => hall.store.openLabs()).toEqual([]);
  });
});

describe('a lab in use', () => {
  it('pushes verdicts as the sandbox changes, and keeps the score', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    hall.sandboxes.last.state.set({ kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } });
    await hall.clock.advance(1000);
    expect(lab.describe()).toMatchObject({ score: 3, verdicts: [{ objective: 'three', state: 'passed' }] });
    await expect.poll(() => hall.store.progressOf('ada')).toMatchObject([{ exercise: 'one', score: 3, outOf: 3 }]);
  });

  it('tells changes of its files', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    const changes: string[] = [];
    lab.subscribe((event) => event.type === 'file' && changes.push(event.change.path));
    hall.workspaces.last.changes.push({ type: 'written', path: 'web.yaml', version: '2' });
    await expect.poll(() => changes).toEqual(['web.yaml']);
  });

  it('whose sandbox crashes fails with the reason and restarts with what was stored', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    hall.sandboxes.last.crash();
    await expect.poll(() => lab.state).toBe('failed');
    expect(lab.reason).toBe('The cluster ended by itself.');
    await hall.labs.request('ada', 'one');
    await lab.open();
    expect(lab.state).toBe('ready');
    expect(hall.workspaces.created.map((workspace) => workspace.log)).toEqual([['let go'], []]);
  });

  it('resets to the starter files and a fresh sandbox', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    await lab.reset();
    expect(hall.workspaces.created[0]?.log).toEqual(['close']);
    expect(hall.sandboxes.last.log).toEqual(['reset']);
    expect(lab.state).toBe('ready');
    hall.sandboxes.last.state.set({ kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } });
    await hall.clock.advance(1000);
    expect(lab.grade.score).toBe(3);
    hall.sandboxes.last.crash();
    await expect.poll(() => lab.state).toBe('failed');
  });

  it('closes once, lists what stayed behind, and refuses everything after', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    hall.sandboxes.last.leftovers = [{ what: 'a volume', where: 'vol-1', remedy: 'delete it' }];
    expect(await lab.close()).toEqual([{ what: 'a volume', where: 'vol-1', remedy: 'delete it' }]);
    expect(hall.problems).toEqual([expect.stringContaining('a volume at vol-1; delete it')]);
    await expect(lab.close()).rejects.toMatchObject({ code: 'LAB_CLOSED', status: 410 });
    await expect(lab.open()).rejects.toMatchObject({ code: 'LAB_CLOSED' });
  });
});

describe('a restart of the server', () => {
  it('takes up the labs that ran, with their shells, and leaves suspended ones asleep', async () => {
    await using hall = await LabHall.open();
    const running = await hall.readyLab('ada', 'one');
    const sleeping = await hall.readyLab('ada', 'two');
    await sleeping.suspend('test');
    await hall.restart();
    expect(hall.workspaces.created[0]?.log).toEqual(['let go']);
    expect(hall.labs.get(running.id)?.state).toBe('ready');
    expect(hall.labs.get(sleeping.id)?.state).toBe('suspended');
    expect((await hall.labs.request('ada', 'one')).id).toBe(running.id);
  });

  it('keeps the end of a lab', async () => {
    await using hall = await LabHall.open();
    const lab = await hall.readyLab('ada', 'one');
    const { expiresAt } = lab;
    await hall.restart();
    expect(hall.labs.get(lab.id)?.expiresAt).toBe(expiresAt);
  });

  it('does not touch labs that are asked for while it takes up the others', async () => {
    await using hall = await LabHall.open();
    await hall.stop();
    await hall.start({ takeUp: false });
    const lab = await hall.labs.request('ada', 'one');
    await hall.labs.takeUp();
    await lab.open();
    expect(hall.labs.get(lab.id)).toBe(lab);
    expect(hall.sandboxes.opened).toHaveLength(1);
    expect(hall.workspaces.last.log).toEqual([]);
  });

  it('ends and removes what belongs to no lab', async () => {
    await using hall = await LabHall.open();
    const orphan = hall.makeFolder('0orphan');
    await hall.restart();
    expect(existsSync(orphan)).toBe(false);
    expect(hall.workspaces.last.log).toEqual(['close']);
  });

  it('closes labs whose exercise or folder is gone', async () => {
    await using hall = await LabHall.open();
    await hall.readyLab('ada', 'one');
    hall.exercises.delete('one');
    await hall.restart();
    expect(await hall.store.openLabs()).toEqual([]);
  });
});
