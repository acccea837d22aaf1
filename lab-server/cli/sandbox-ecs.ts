// `dockside sandbox ecs`: the embedded AWS endpoint alone, for any AWS client on this machine.
import { join, resolve } from 'node:path';
import { startAws, type AwsEndpoint } from '../embedded/aws/aws.ts';
import { runSandbox, type SandboxCommandOptions, writePrivateFile } from './sandbox-command.ts';

export interface SandboxEcsOptions extends SandboxCommandOptions {
  /** Where shell assignments for clients are written. */
  envFile?: string;
  /** For test suites of others: every key is accepted, and POST /_embedded/reset empties the endpoint. */
  anyCredentials: boolean;
}

/** Prints one line of JSON when the endpoint answers, and runs until interrupted. */
export async function sandboxEcs(options: SandboxEcsOptions): Promise<void> {
  await runSandbox(options, async ({ clock, runtime, folder, scratch, listen }) => {
    const { anyCredentials } = options;
    const aws = await startAws({ clock, runtime, databaseFile: join(folder, 'aws.sqlite'), listen, anyCredentials });
    try {
      return { stop: async () => aws[Symbol.asyncDispose](), facts: writeFiles(aws, scratch, folder, options) };
    } catch (error) {
      await aws[Symbol.asyncDispose]();
      throw error;
    }
  });
}

/** Writes what clients read, and returns what the line of JSON says of it. */
function writeFiles(aws: AwsEndpoint, scratch: string, folder: string, { envFile, data }: SandboxEcsOptions): Record<string, unknown> {
  // Beside state that is kept, the authority is kept too, so that clients need to be told of it once.
  const caBundle = join(data === undefined ? scratch : folder, 'ca.pem');
  writePrivateFile('file', caBundle, aws.authority, '--data');
  const file = envFile === undefined ? null : resolve(envFile);
  if (file !== null) {
    const lines = Object.entries(environmentOf(aws, caBundle)).map(([name, value]) => `export ${name}=${value}\n`);
    writePrivateFile('file', file, lines.join(''), '--env-file');
  }
  return {
    endpoint: aws.url,
    region: aws.region,
    account: aws.account,
    accessKeyId: aws.credentials.accessKeyId,
    secretAccessKey: aws.credentials.secretAccessKey,
    caBundle,
    envFile: file,
  };
}

/** What AWS's own clients read. */
function environmentOf(aws: AwsEndpoint, caBundle: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: aws.url,
    AWS_CA_BUNDLE: caBundle,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: aws.region,
    AWS_REGION: aws.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
