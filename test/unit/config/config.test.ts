import { mkdtempSync, rmSync, statSync, writeFileSync, readFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCookieSecret, prepareDataFolder, readConfig } from '../../../lab-server/config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dockside-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the settings', () => {
  it('have a default each', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4321, workspace: 'auto', kubernetes: 'auto' });
    expect(config.dataFolder).toMatch(/\.data$/);
  });

  it('take an empty variable for one that is not set', () => {
    expect(readConfig({ DOCKSIDE_PORT: '' }).port).toBe(4321);
  });

  it('name every variable that is wrong, with what is allowed', () => {
    expect(() => readConfig({ DOCKSIDE_PORT: '70000', DOCKSIDE_WORKSPACE: 'vm', DOCKSIDE_ORIGINS: 'learn.example.org' })).toThrow(
      'The environment holds a setting that is not valid: DOCKSIDE_PORT=70000: a whole number from 0 to 65535 is allowed; ' +
        'DOCKSIDE_ORIGINS=learn.example.org: addresses such as https://learn.example.org, separated by commas, are allowed; ' +
        'DOCKSIDE_WORKSPACE=vm: one of auto, bubblewrap, docker, pod, host is allowed.',
    );
  });

  it('hand the docker program what tells it where its engine is, and nothing else', () => {
    const { docker } = readConfig({ DOCKER_HOST: 'unix:///run/engine.sock', PATH: '/bin', HOME: '/home/ada', AWS_SECRET_ACCESS_KEY: 'x' });
    expect(docker).toEqual({
      image: 'dockside-workspace',
      environment: { DOCKER_HOST: 'unix:///run/engine.sock', PATH: '/bin', HOME: '/home/ada' },
    });
  });

  it('refuse a setting that does not exist', () => {
    expect(() => readConfig({ DOCKSIDE_PROT: '80' })).toThrow(
      /^There is no setting DOCKSIDE_PROT: the settings are DOCKSIDE_HOST, DOCKSIDE_PORT/,
    );
  });

  it('reduce addresses behind a proxy to their origin', () => {
    expect(readConfig({ DOCKSIDE_ORIGINS: 'https://learn.example.org/guide/, http://10.0.0.7:8080' }).origins).toEqual([
      'https://learn.example.org',
      'http://10.0.0.7:8080',
    ]);
  });
});

describe('the data folder', () => {
  it('is made for its owner alone', () => {
    const data = join(folder, 'a', 'b');
    prepareDataFolder(data);
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  it('that cannot be made is reported with what to do', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => prepareDataFolder('/proc/nowhere')).toThrow(/^The data folder \/proc\/nowhere cannot be written/);
    expect(() => prepareDataFolder(join(folder, 'file', 'data'))).toThrow(
      /cannot be written .*: make it writable for this user, or set DOCKSIDE_DATA/,
    );
  });
});

describe('the cookie secret', () => {
  it('is made once and read by its owner alone', () => {
    const first = loadCookieSecret(folder);
    expect(first).toHaveLength(32);
    expect(loadCookieSecret(folder)).toEqual(first);
    expect(statSync(join(folder, 'cookie-secret')).mode & 0o777).toBe(0o600);
  });

  it('closes itself again when somebody opened it', () => {
    loadCookieSecret(folder);
    chmodSync(join(folder, 'cookie-secret'), 0o644);
    loadCookieSecret(folder);
    expect(statSync(join(folder, 'cookie-secret')).mode & 0o777).toBe(0o600);
  });

  it('that is damaged is not replaced in silence', () => {
    writeFileSync(join(folder, 'cookie-secret'), 'not a key');
    expect(() => loadCookieSecret(folder)).toThrow(/does not hold a key: remove it/);
    expect(readFileSync(join(folder, 'cookie-secret'), 'utf8')).toBe('not a key');
  });
});
