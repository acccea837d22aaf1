import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AsyncQueue, DocksideError, ManualClock } from '../../../lab-server/base/index.ts';
import { type Exercise, type Grade, Grader } from '../../../lab-server/grading/index.ts';
import type { FileChange } from '../../../lab-server/workspaces/files.ts';
import { anExercise, oneObjective } from '../../builders/exercise.ts';
import { StateByHand } from '../../builders/state.ts';

class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly state = new StateByHand();
  readonly grades: { grade: Grade; requested: boolean }[] = [];
  readonly files = new Map<string, string>();
  readonly fileChanges = new AsyncQueue<FileChange>(10);
  readonly grader: Grader;
  answer: (address: string, port: number) => Promise<Duplex> = () =>
    Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));

  constructor(exercise: Exercise = anExercise()) {
    this.grader = new Grader({
      exercise,
      clock: this.clock,
      observed: {
        state: () => this.state,
        network: { hosts: {}, connect: (address, port) => this.answer(address, port) },
        files: {
          read: (path) => {
            const text = this.files.get(path);
            return text === undefined
              ? Promise.reject(new DocksideError('FILE_NOT_FOUND', 'no file', { status: 404 }))
              : Promise.resolve({ path, content: new TextEncoder().encode(text), version: '1' });
          },
          watch: () => this.fileChanges,
        },
      },
      onGrade: (grade, requested) => this.grades.push({ grade, requested }),
      onWatchFailure(error) {
        throw error;
      },
    });
  }

  get last(): Grade | undefined {
    return this.grades.at(-1)?.grade;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fileChanges.close();
    await this.grader[Symbol.asyncDispose]();
  }
}

function aDeployment(replicas: number): Parameters<StateByHand['set']>[0] {
  return { kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas } };
}

describe('the grader', () => {
  it('judges by the first case that holds, with its own texts', async () => {
    await using bench = new Bench();
    bench.state.set(aDeployment(2));
    await bench.grader.check();
    expect(bench.last).toEqual({
      verdicts: [
        {
          objective: 'three',
          state: 'failed',
          expected: '3 replicas',
          found: '2 replicas',
          next: 'kubectl scale deployment web --replicas=3',
        },
      ],
      score: 0,
      outOf: 3,
    });
  });

  it('ticks an objective by itself when the state becomes right', async () => {
    await using bench = new Bench();
    bench.grader.start();
    await bench.clock.advance(1000);
    expect(bench.last?.verdicts[0]).toMatchObject({ state: 'failed', found: 'none' });
    bench.state.set(aDeployment(3));
    await bench.clock.advance(1000);
    expect(bench.last).toMatchObject({ score: 3, verdicts: [{ state: 'passed' }] });
    expect(bench.grades.every(({ requested }) => !requested)).toBe(true);
  });

  it('looks once at a burst of changes', async () => {
    await using bench = new Bench();
    bench.grader.start();
    await bench.clock.advance(1000);
    bench.state.reads = 0;
    for (let replicas = 0; replicas < 50; replicas += 1) {
      bench.state.set(aDeployment(replicas));
    }
    await bench.clock.advance(1000);
    expect(bench.state.reads).toBe(1);
  });

  it('does nothing while nothing changes', async () => {
    await using bench = new Bench();
    bench.grader.start();
    await bench.clock.advance(1000);
    bench.state.reads = 0;
    await bench.clock.advance(3_600_000);
    expect(bench.state.reads).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('looks now and then while changes never stop', async () => {
    await using bench = new Bench();
    bench.grader.start();
    await bench.clock.advance(1000);
    for (let step = 0; step < 60; step += 1) {
      bench.state.set(aDeployment(step));
      await bench.clock.advance(20);
    }
    expect(bench.grades.length).toBeGreaterThanOrEqual(3);
  });

  it('tells the same verdict again only when it was asked', async () => {
    await using bench = new Bench();
    await bench.grader.check();
    await bench.grader.check();
    bench.grader.start();
    await bench.clock.advance(1000);
    expect(bench.grades.map(({ requested }) => requested)).toEqual([false, true, true]);
  });

  it('gives an error, not a failure, when the sandbox cannot be read', async () => {
    await using bench = new Bench();
    bench.state.failure = new Error('the cluster cannot be reached');
    await bench.grader.check();
    expect(bench.last?.verdicts[0]).toMatchObject({ state: 'error', found: 'The check could not run: the cluster cannot be reached' });
  });

  it('gives an error when a check takes longer than its time limit', async () => {
    const resources = oneObjective.resources;
    await using bench = new Bench(
      anExercise({
        objectives: [
          {
            ...oneObjective,
            resources,
            timeLimit: 2,
            requests: { page: { url: 'http://10.0.0.1/' } },
            cases: [{ when: 'page.status == 200', verdict: 'passed' }],
          },
        ],
      }),
    );
    bench.answer = () => new Promise(() => {});
    const checking = bench.grader.check();
    await bench.clock.advance(2000);
    await checking;
    expect(bench.last?.verdicts[0]).toMatchObject({ state: 'error', found: 'The check could not run: it took longer than 2 seconds' });
  });

  it('lets an objective wait for the one it builds on', async () => {
    const second = { id: 'second', title: 'Second', points: 1, after: ['three'], cases: [{ when: 'true', verdict: 'passed' }] };
    await using bench = new Bench(anExercise({ objectives: [oneObjective, second] }));
    await bench.grader.check();
    expect(bench.last?.verdicts[1]).toEqual({ objective: 'second', state: 'pending', next: 'First: Three replicas.' });
    bench.state.set(aDeployment(3));
    await bench.grader.check();
    expect(bench.last).toMatchObject({ score: 4, outOf: 4 });
  });

  it('judges the meaning of a file, and again when it is written', async () => {
    const objective = {
      id: 'file',
      title: 'File',
      points: 1,
      files: { manifest: 'web.yaml' },
      cases: [
        { when: 'manifest == null', expected: 'web.yaml', found: 'no file', next: 'Write it.' },
        { when: 'manifest.documents.exists(d, d.?spec.?replicas.orValue(0) == 3)', verdict: 'passed' },
        { when: 'true', expected: 'replicas: 3', found: 'another number', next: 'Change it.' },
      ],
    };
    const mistakes = ['none.sh', 'two.sh'].map((script) => ({ script, summary: 'x', verdict: { objective: 'file' } }));
    await using bench = new Bench(anExercise({ objectives: [objective], mistakes }));
    bench.grader.start();
    await bench.clock.advance(1000);
    expect(bench.last?.verdicts[0]?.found).toBe('no file');
    bench.files.set('web.yaml', '# three\nspec: {"replicas": 3}\n');
    bench.fileChanges.push({ type: 'written', path: 'web.yaml', version: '1' });
    await bench.clock.advance(1000);
    expect(bench.last?.verdicts[0]?.state).toBe('passed');
  });

  it('asks by HTTP from inside the lab, and takes a refusal for an observation', async () => {
    const objective = {
      id: 'page',
      title: 'Page',
      points: 1,
      resources: { service: { apiVersion: 'v1', kind: 'Service', name: 'web' } },
      requests: { page: { when: 'service != null', url: 'http://${service.spec.clusterIP}:8080/health' } },
      cases: [
        { when: 'page == null', expected: 'a Service', found: 'none', next: 'Create it.' },
        { when: 'page.error != ""', expected: 'an answer', found: '${page.error}', next: 'Look.' },
        { when: 'page.status == 200 && page.json.ok && page.body.contains("ok")', verdict: 'passed' },
      ],
    };
    const mistakes = ['none.sh', 'two.sh'].map((script) => ({ script, summary: 'x', verdict: { objective: 'page' } }));
    await using bench = new Bench(anExercise({ objectives: [objective], mistakes }));
    await bench.grader.check();
    expect(bench.last?.verdicts[0]?.found).toBe('none');
    bench.state.set({ kind: 'Service', metadata: { name: 'web' }, spec: { clusterIP: '10.96.0.9' } });
    await bench.grader.check();
    expect(bench.last?.verdicts[0]?.found).toBe('Failed to connect to 10.96.0.9 port 8080: Connection refused');
    let asked = '';
    bench.answer = (address, port) =>
      Promise.resolve(
        new Duplex({
          read() {},
          write(chunk: Buffer, _encoding, done) {
            asked = `${address}:${port} ${chunk.toString().split('\r\n')[0] ?? ''}`;
            this.push('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"ok":true}');
            done();
          },
        }),
      );
    await bench.grader.check();
    expect(asked).toBe('10.96.0.9:8080 GET /health HTTP/1.1');
    expect(bench.last?.verdicts[0]?.state).toBe('passed');
  });

  it('opens one watch for each kind and closes all when it stops', async () => {
    const all = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default' };
    await using bench = new Bench(anExercise({ objectives: [{ ...oneObjective, resources: { ...oneObjective.resources, all } }] }));
    bench.grader.start();
    await bench.clock.advance(100);
    expect(bench.state.watching).toHaveLength(1);
    await bench.grader[Symbol.asyncDispose]();
    expect(bench.state.watching).toHaveLength(0);
  });

  it('remembers every state of an object, so that a check can promise something about each moment', async () => {
    const steady = {
      ...oneObjective,
      resources: {},
      history: { seen: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' } },
      cases: [
        { when: 'seen.size() == 0', verdict: 'pending' },
        {
          when: 'seen.exists(d, d.spec.replicas < 2)',
          expected: 'never below 2',
          found: '${seen.map(d, d.spec.replicas)}',
          next: 'Reset.',
        },
        { when: 'true', verdict: 'passed' },
      ],
    };
    await using bench = new Bench(anExercise({ objectives: [steady] }));
    bench.grader.start();
    await bench.clock.advance(1000);
    expect(bench.grader.grade.verdicts[0]?.state).toBe('pending');
    bench.state.set(aDeployment(3));
    await bench.clock.advance(1000);
    expect(bench.grader.grade.verdicts[0]?.state).toBe('passed');
    bench.state.set(aDeployment(1));
    bench.state.set({ ...aDeployment(0), metadata: { name: 'another' } });
    bench.state.set(aDeployment(3));
    await bench.clock.advance(1000);
    expect(bench.grader.grade.verdicts[0]).toMatchObject({ state: 'failed', found: '3, 1, 3' });
  });

  it('shows the hints whose conditions hold, and knows how often a check was asked for in vain', async () => {
    const reactions = [
      { when: 'deployment != null && deployment.spec.replicas == 2', hint: 'One more than ${deployment.spec.replicas}.' },
      { when: 'attempts >= 2', hint: 'Read the second hint.' },
    ];
    await using bench = new Bench(anExercise({ objectives: [{ ...oneObjective, reactions }] }));
    bench.state.set(aDeployment(2));
    await bench.grader.check();
    expect(bench.last?.verdicts[0]?.hints).toEqual(['One more than 2.']);
    await bench.grader.check();
    await bench.grader.check();
    expect(bench.last?.verdicts[0]?.hints).toEqual(['One more than 2.', 'Read the second hint.']);
    bench.state.set(aDeployment(3));
    await bench.grader.check();
    expect(bench.last?.verdicts[0]).toEqual({ objective: 'three', state: 'passed' });
  });
});
