// Replays commands that were recorded against a real cluster. The recordings are not part of the project: they are looked for beside it.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RECORDED_DIFFERENCES } from '../../../lab-server/embedded/kubernetes/fidelity.ts';
import { KubectlStand } from './kubectl-stand.ts';

const RECORDINGS = path.resolve(import.meta.dirname, '../../../../shared/kubernetes');

/** Commands that print each step that they see: on a machine that is busy with other tests they begin too late to see all of them. */
const STEPS = ['kubectl rollout status deployment web', 'kubectl rollout status deployment/web'];

interface Row {
  cmd: string;
  ok: boolean;
  stderr_ok: boolean;
}

/** The recording that was made with a kubectl of this machine’s version, or why there is none. */
function recording(): { file: string } | { missing: string } {
  if (!existsSync(path.join(RECORDINGS, 'compare.py'))) {
    return { missing: 'there are no recordings beside the project' };
  }
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    const { clientVersion } = JSON.parse(execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' })) as {
      clientVersion: { minor: string };
    };
    // Some builds call themselves `32+`.
    const minor = Number.parseInt(clientVersion.minor, 10);
    const file = path.join(RECORDINGS, `recorded-kubectl-1.${minor}.jsonl`);
    return existsSync(file) ? { file } : { missing: `nothing was recorded with kubectl 1.${minor}` };
  } catch {
    return { missing: 'kubectl or python3 is missing' };
  }
}

const found = recording();
const why = 'missing' in found ? `: not replayed, since ${found.missing}` : '';

describe.skipIf('missing' in found)(`commands recorded on a real cluster${why}`, () => {
  it('answer the same here, but for those that differ by design', { timeout: 300_000 }, async () => {
    await using stand = await KubectlStand.open();
    const folder = mkdtempSync(path.join(tmpdir(), 'dockside-recorded-'));
    try {
      const results = path.join(folder, 'results.json');
      const truth = 'file' in found ? found.file : '';
      const files = ['--kubeconfig', stand.kubeconfig, '--truth', truth, '--json', results, '--out', path.join(folder, 'replayed.jsonl')];
      const { stdout } = await promisify(execFile)('python3', [path.join(RECORDINGS, 'compare.py'), ...files], {
        env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, PYTHONDONTWRITEBYTECODE: '1' },
      });
      const rows = JSON.parse(readFileSync(results, 'utf8')) as Row[];
      const different = rows
        .filter(({ cmd, ok, stderr_ok }) => !(cmd in RECORDED_DIFFERENCES) && !STEPS.includes(cmd) && !(ok && stderr_ok))
        .map(({ cmd }) => cmd);
      // The report shows each difference.
      expect({ different, report: different.length === 0 ? '' : stdout }).toEqual({ different: [], report: '' });
      expect(rows.length).toBeGreaterThan(100);
      expect(stand.errors).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
