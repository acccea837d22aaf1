// ~/.ecs/config and ~/.ecs/credentials: the archived tool's YAML, so that a folder written by one is read by the other.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { CliFailure } from '../failure.ts';

const text = z.coerce.string();
const clusterSchema = z.looseObject({
  cluster: text,
  region: text,
  default_launch_type: text.nullish().transform((value) => value ?? ''),
  'cfn-stack-name': text.optional(),
  'compose-service-name-prefix': text.optional(),
});
const profileSchema = z.looseObject({
  aws_access_key_id: text,
  aws_secret_access_key: text,
  aws_session_token: text.optional(),
});
const configSchema = z.looseObject({
  version: text.default('v1'),
  default: text.default('default'),
  clusters: z.record(z.string(), clusterSchema).default({}),
});
const credentialsSchema = z.looseObject({
  version: text.default('v1'),
  default: text.default('default'),
  ecs_profiles: z.record(z.string(), profileSchema).default({}),
});

export type ClusterConfig = z.output<typeof clusterSchema>;
export type EcsProfile = z.output<typeof profileSchema>;
export type Config = z.output<typeof configSchema>;
export type Credentials = z.output<typeof credentialsSchema>;

/** The folder of both files; HOME counts before the account's own, as it does for the archived tool. */
export function ecsFolder(): string {
  return join(process.env.HOME ?? homedir(), '.ecs');
}

export function readConfig(folder = ecsFolder()): Config {
  return read(join(folder, 'config'), configSchema);
}

export function readCredentials(folder = ecsFolder()): Credentials {
  return read(join(folder, 'credentials'), credentialsSchema);
}

/** Stores a cluster configuration; the first one is the default. */
export function saveCluster(name: string, cluster: ClusterConfig, folder = ecsFolder()): void {
  const config = readConfig(folder);
  const first = Object.keys(config.clusters).length === 0;
  write(folder, 'config', { ...config, default: first ? name : config.default, clusters: { ...config.clusters, [name]: cluster } });
}

/** Stores credentials; the first profile is the default. */
export function saveProfile(name: string, profile: EcsProfile, folder = ecsFolder()): void {
  const credentials = readCredentials(folder);
  const first = Object.keys(credentials.ecs_profiles).length === 0;
  write(folder, 'credentials', {
    ...credentials,
    default: first ? name : credentials.default,
    ecs_profiles: { ...credentials.ecs_profiles, [name]: profile },
  });
}

export function setDefaultCluster(name: string, folder = ecsFolder()): void {
  const config = readConfig(folder);
  requireName(name, config.clusters, 'cluster configuration', 'ecs-cli configure --config-name');
  write(folder, 'config', { ...config, default: name });
}

export function setDefaultProfile(name: string, folder = ecsFolder()): void {
  const credentials = readCredentials(folder);
  requireName(name, credentials.ecs_profiles, 'profile', 'ecs-cli configure profile --profile-name');
  write(folder, 'credentials', { ...credentials, default: name });
}

/** The entry called `name`, or a sentence with the names that there are. */
export function requireName<T>(name: string, entries: Readonly<Record<string, T>>, what: string, how: string): T {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (entry === undefined) {
    const names = Object.keys(entries).join(', ') || 'none';
    throw new CliFailure('ECS_CLI_UNKNOWN_NAME', `There is no ${what} "${name}" (there is: ${names}). Make it with \`${how} ${name} …\`.`);
  }
  return entry;
}

function read<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let value: unknown = {};
  if (existsSync(file)) {
    try {
      value = parse(readFileSync(file, 'utf8')) ?? {};
    } catch (error) {
      const where = error instanceof YAMLParseError && error.linePos ? `:${error.linePos[0].line}` : '';
      throw new CliFailure(
        'ECS_CLI_CONFIG_INVALID',
        `${file}${where} is not YAML: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new CliFailure(
      'ECS_CLI_CONFIG_INVALID',
      `${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not understood'}`,
    );
  }
  return result.data;
}

/** The files hold keys: their owner alone may read them. */
function write(folder: string, name: string, value: unknown): void {
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, stringify(value), { mode: 0o600 });
  chmodSync(file, 0o600);
}
