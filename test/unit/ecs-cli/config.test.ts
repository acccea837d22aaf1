// ~/.ecs/config and ~/.ecs/credentials, and which of all sources counts.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig, saveCluster, saveProfile, setDefaultCluster } from '../../../lab-server/ecs-cli/config/files.ts';
import { resolveSettings } from '../../../lab-server/ecs-cli/config/settings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecs-cli-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('the files are those of the archived tool, for their owner alone', () => {
  saveCluster('default', { cluster: 'demo', region: 'eu-west-1', default_launch_type: 'FARGATE' }, folder);
  saveProfile('default', { aws_access_key_id: 'AKID', aws_secret_access_key: 'secret' }, folder);
  expect(readFileSync(join(folder, 'config'), 'utf8')).toBe(
    'version: v1\ndefault: default\nclusters:\n  default:\n    cluster: demo\n    region: eu-west-1\n    default_launch_type: FARGATE\n',
  );
  expect(readFileSync(join(folder, 'credentials'), 'utf8')).toBe(
    'version: v1\ndefault: default\necs_profiles:\n  default:\n    aws_access_key_id: AKID\n    aws_secret_access_key: secret\n',
  );
  expect(statSync(join(folder, 'credentials')).mode & 0o777).toBe(0o600);
});

test('the first configuration is the default until another one is made it', () => {
  saveCluster('one', { cluster: 'a', region: 'us-east-1', default_launch_type: '' }, folder);
  saveCluster('two', { cluster: 'b', region: 'us-west-2', default_launch_type: '' }, folder);
  expect(resolveSettings({}, {}, folder)).toMatchObject({ cluster: 'a', region: 'us-east-1' });
  setDefaultCluster('two', folder);
  expect(resolveSettings({}, {}, folder)).toMatchObject({ cluster: 'b', region: 'us-west-2' });
  expect(() => setDefaultCluster('three', folder)).toThrow('there is: one, two');
});

test('flags count before the environment, and the environment before the files', () => {
  saveCluster('default', { cluster: 'a', region: 'us-east-1', default_launch_type: 'ec2' }, folder);
  saveProfile('default', { aws_access_key_id: 'AKID', aws_secret_access_key: 'secret' }, folder);
  const env = { AWS_REGION: 'us-west-2', AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other' };
  expect(resolveSettings({}, {}, folder)).toMatchObject({ launchType: 'EC2', credentials: { accessKeyId: 'AKID' } });
  expect(resolveSettings({}, env, folder)).toMatchObject({ region: 'us-west-2' });
  expect(resolveSettings({}, env, folder).credentials).toBeUndefined();
  expect(resolveSettings({ ecsProfile: 'default', clusterConfig: 'default' }, env, folder)).toMatchObject({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKID' },
  });
  expect(resolveSettings({ region: 'eu-west-1', cluster: 'c' }, env, folder)).toMatchObject({ region: 'eu-west-1', cluster: 'c' });
});

test('a file that is not YAML, or not ours, is named', () => {
  writeFileSync(join(folder, 'config'), 'clusters: [');
  expect(() => readConfig(folder)).toThrow(`${join(folder, 'config')}:1 is not YAML`);
  writeFileSync(join(folder, 'config'), 'clusters: 5');
  expect(() => readConfig(folder)).toThrow(`${join(folder, 'config')}: clusters: `);
});
