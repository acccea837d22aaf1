// `dockside sandbox ecs`: the embedded AWS endpoint alone, for any AWS client on this machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DocksideError, messageOf, SystemClock } from '../base/index.ts';
import { makeFolder } from '../config.ts';
import { startAws, type AwsEndpoint } from '../embedded/aws/aws.ts';
import { createRuntime } from '../embedded/runtime/index.ts';
import { onInterruption } from './interruption.ts';

export interface SandboxEcsOptions {
  /** Where shell assignments for clients are written. */
  envFile?: string;
  port: number;
  /** Folder of the durable state; without one, it is gone when the command ends. */
  data?: string;
  /** For test suites of others: every key is accepted, and POST /_embedded/reset empties the endpoint. */
  anyCredentials: boolean;
}

/** Prints one line of JSON when the endpoint answers, and runs until interrupted. */
export async function sandboxEcs(options: SandboxEcsOptions): Promise<void> {
  using interruption = onInterruption();
  await using opened = new AsyncDisposableStack();
  const scratch = mkdtempSync(join(tmpdir(), 'dockside-sandbox-'));
  opened.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const folder = resolve(options.data ?? scratch);
  write(() => makeFolder(folder), `The folder ${folder} cannot be made`, '--data');
  const clock = new SystemClock();
  const runtime = opened.use(createRuntime({ clock }));
  const aws = await startAws({
    clock,
    runtime,
    databaseFile: join(folder, 'aws.sqlite'),
    listen: { host: '127.0.0.1', port: options.port },
    anyCredentials: options.anyCredentials,
  }).catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw taken
      ? new DocksideError(
          'SERVER_CANNOT_LISTEN',
          `The port ${options.port} is in use: choose another one with --port, or 0 for a free one.`,
          {
            cause: error,
          },
        )
      : error;
  });
  opened.use(aws);
  const env = environmentOf(aws);
  const file = options.envFile === undefined ? undefined : resolve(options.envFile);
  if (file !== undefined) {
    const lines = Object.entries(env).map(([name, value]) => `export ${name}=${value}\n`);
    write(() => writeFileSync(file, lines.join(''), { mode: 0o600 }), `The file ${file} cannot be written`, '--env-file');
  }
  console.log(
    JSON.stringify({
      endpoint: aws.url,
      region: aws.region,
      account: aws.account,
      accessKeyId: aws.credentials.accessKeyId,
      secretAccessKey: aws.credentials.secretAccessKey,
      envFile: file ?? null,
      data: options.data === undefined ? null : folder,
      pid: process.pid,
    }),
  );
  await interruption.asked;
}

/** What AWS's own clients read. */
function environmentOf(aws: AwsEndpoint): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: aws.region,
    AWS_REGION: aws.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function write(action: () => void, problem: string, option: string): void {
  try {
    action();
  } catch (error) {
    throw new DocksideError('DATA_NOT_WRITABLE', `${problem} (${messageOf(error)}): name another one with ${option}.`, { cause: error });
  }
}
