// What every embedded sandbox must do for a lab, whatever it simulates. A platform says how a thing is made in it and how it is read back.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocksideError } from '../../../lab-server/base/index.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  LabContext,
  Sandbox,
  SandboxDriver,
  Stage,
  StateDocument,
  StateQuery,
  WorkspaceAccess,
} from '../../../lab-server/sandboxes/sandbox.ts';

export interface PlatformUnderTest {
  newDriver: () => SandboxDriver & AsyncDisposable;
  stages: readonly string[];
  /** Finds everything that `make` makes. */
  query: StateQuery;
  nameOf: (document: StateDocument) => string;
  /** Makes a thing by the platform's own API, as a client on this machine would; rejects when that fails. */
  make(sandbox: Sandbox, name: string): Promise<void>;
  /** Stores copies of a text (900 kB) until there are hundreds of megabytes; rejects when the sandbox answers no more. */
  fill(sandbox: Sandbox, text: string): Promise<void>;
  /** What a shell that was open before a suspension still holds. */
  credentials(access: WorkspaceAccess): unknown;
  /** Always published. */
  address: { address: string; port: number };
  /** In the sandbox's ranges, and nobody's. */
  nobody: { address: string; port: number };
}

export const signal = new AbortController().signal;

/** A driver and a folder for each test, through `open`. */
export function inFolder(newDriver: PlatformUnderTest['newDriver']): {
  open: (lab?: Partial<LabContext>, report?: (stage: Stage) => void) => Promise<Sandbox>;
} {
  let folder: string;
  let driver: SandboxDriver & AsyncDisposable;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dockside-sandbox-'));
    driver = newDriver();
  });
  afterEach(async () => {
    await driver[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    open({ labId = 'lab', ...lab } = {}, report = () => {}) {
      return driver.open({ labId, folder: join(folder, labId), ...lab }, report, signal);
    },
  };
}

export function sandboxContract(name: string, platform: PlatformUnderTest): void {
  const { query } = platform;
  const make = (sandbox: Sandbox, thing: string): Promise<void> => platform.make(sandbox, thing);
  const namesIn = async (sandbox: Sandbox): Promise<string[]> =>
    (await sandbox.state.read(query, signal)).map((document) => platform.nameOf(document)).toSorted();

  describe(`the contract of sandboxes: ${name}`, () => {
    const { open } = inFolder(() => platform.newDriver());

    it('opens with its stage, and publishes its address', async () => {
      const stages: string[] = [];
      const sandbox = await open({}, ({ id, state }) => stages.push(`${id} ${state}`));
      expect(stages).toEqual(platform.stages);
      expect(sandbox.access().network?.published()).toContainEqual({ ...platform.address, protocol: 'tcp' });
      expect(await sandbox.close()).toEqual([]);
    });

    it('is read and followed through its public API', async () => {
      const sandbox = await open();
      const seen: string[] = [];
      const abort = new AbortController();
      const following = (async () => {
        for await (const { type, document } of sandbox.state.changes(query, abort.signal)) {
          seen.push(`${type} ${platform.nameOf(document)}`);
        }
      })();
      await make(sandbox, 'one');
      await expect.poll(() => seen).toEqual(['ADDED one']);
      expect(await namesIn(sandbox)).toEqual(['one']);
      abort.abort();
      await following;
      await sandbox.close();
    });

    it('refuses what its network has not, as a network does', async () => {
      const sandbox = await open();
      const target = { ...platform.nobody, protocol: 'tcp' as const };
      await expect(sandbox.access().network?.connect(target)).rejects.toMatchObject({ code: expect.stringMatching(/^E[A-Z]+$/) });
      await sandbox.close();
    });

    it('goes on as it was after it was suspended', async () => {
      const sandbox = await open();
      await make(sandbox, 'kept');
      const access = sandbox.access();
      await sandbox.suspend();
      const target = { ...platform.address, protocol: 'tcp' as const };
      await expect(access.network?.connect(target)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
      expect(access.network?.published()).toEqual([]);
      const again = await open();
      expect(await namesIn(again)).toEqual(['kept']);
      expect(platform.credentials(again.access())).toEqual(platform.credentials(access));
      await again.close();
    });

    it('is empty after a reset and after it was closed', async () => {
      const sandbox = await open();
      await make(sandbox, 'gone');
      await sandbox.reset();
      expect(await namesIn(sandbox)).toEqual([]);
      await make(sandbox, 'gone');
      await sandbox.close();
      await sandbox.close();
      const again = await open();
      expect(await namesIn(again)).toEqual([]);
      await again.close();
    });

    it('that needs more memory than it may have ends alone, says why, and keeps what was stored', async () => {
      const sandbox = await open();
      const other = await open({ labId: 'other' });
      let failure: DocksideError | undefined;
      void sandbox.failed.then((error) => (failure = error));
      await platform.fill(sandbox, 'x'.repeat(900_000)).catch(() => {});
      await expect.poll(() => failure, { timeout: 10_000 }).toMatchObject({ code: 'SANDBOX_OUT_OF_MEMORY' });
      expect(failure?.message).toContain('Restart it: what was stored is kept.');
      expect(await namesIn(other)).toEqual([]);
      await other.close();
      await sandbox.close();
    }, 180_000);
  });
}
