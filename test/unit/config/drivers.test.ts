// Which workspaces a configuration allows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';
import { readConfig } from '../../../lab-server/config.ts';
import { createDrivers } from '../../../lab-server/drivers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dockside-drivers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function choose(environment: Record<string, string>): Promise<string> {
  const config = readConfig({ PATH: process.env.PATH, DOCKSIDE_DATA: folder, ...environment });
  await using drivers = createDrivers(config, { clock: new ManualClock(), warn: () => undefined });
  return (await drivers.chooseWorkspace()).name;
}

describe('the host workspace', () => {
  it('is for a server that only this machine can reach', async () => {
    expect(await choose({ DOCKSIDE_WORKSPACE: 'host' })).toBe('host');
    expect(await choose({ DOCKSIDE_WORKSPACE: 'host', DOCKSIDE_HOST: '::1' })).toBe('host');
  });

  it.each<Record<string, string>>([
    { DOCKSIDE_HOST: '0.0.0.0' },
    { DOCKSIDE_HOST: '192.168.1.7' },
    { DOCKSIDE_ORIGINS: 'https://learn.example.org' },
    { DOCKSIDE_TRUST_PROXY: 'yes' },
  ])('refuses to start where others can: %j', async (environment) => {
    await expect(choose({ DOCKSIDE_WORKSPACE: 'host', ...environment })).rejects.toMatchObject({
      code: 'WORKSPACE_UNAVAILABLE',
      message: expect.stringContaining('one person on this machine') as string,
    });
  });
});

it('a workspace that this machine cannot make says what is missing and how to get it', async () => {
  const environment = { DOCKSIDE_WORKSPACE: 'docker', DOCKER_HOST: `unix://${join(folder, 'no-engine.sock')}` };
  await expect(choose(environment)).rejects.toThrow(/The docker workspace cannot be used here: (No Docker daemon answers|Missing program)/);
});
