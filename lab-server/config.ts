// What the operator may choose: the environment, validated once. Nothing else in the lab server reads process.env.
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DocksideError, messageOf } from './base/index.ts';

const MEBIBYTE = 1024 * 1024;
const MINUTE = 60_000;
const projectFolder = fileURLToPath(new URL('..', import.meta.url));

function wholeNumber(fallback: number, min: number, max: number): z.ZodType<number> {
  const allowed = `a whole number from ${min} to ${max} is allowed`;
  return z
    .string()
    .regex(/^\d+$/, allowed)
    .transform(Number)
    .refine((value) => value >= min && value <= max, allowed)
    .default(fallback);
}

function choice<const Values extends readonly [string, ...string[]]>(values: Values): z.ZodType<Values[number]> {
  return z.literal([...values], { error: `one of ${values.join(', ')} is allowed` }).default(values[0]);
}

/** Each variable with what it means; `docs/operating.md` lists them from here. */
const environmentSchema = z.object({
  DOCKSIDE_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  DOCKSIDE_PORT: wholeNumber(4321, 0, 65_535).describe('Port to listen on; 0 takes a free one'),
  DOCKSIDE_DATA: z.string().min(1).optional().describe('Folder for labs, progress and secrets; default .data in the project'),
  DOCKSIDE_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(z.url({ error: 'addresses such as https://learn.example.org, separated by commas, are allowed' })))
    .describe('Addresses the site is reached at behind a proxy, beside the one it listens on'),
  DOCKSIDE_TRUST_PROXY: choice(['no', 'yes']).describe('Whether X-Forwarded-* of a proxy in front is believed'),
  DOCKSIDE_WORKSPACE: choice(['auto', 'bubblewrap', 'docker', 'pod', 'host']).describe('Driver of the learner’s machine'),
  DOCKSIDE_DOCKER_IMAGE: z.string().min(1).default('dockside-workspace').describe('Image of docker workspaces'),
  DOCKSIDE_KUBERNETES: choice(['auto', 'embedded', 'minikube', 'kubeconfig']).describe('Driver of Kubernetes sandboxes'),
  DOCKSIDE_KUBECONFIG: z
    .string()
    .min(1)
    .optional()
    .describe('Kubeconfig of the cluster for the kubeconfig driver; default KUBECONFIG, else ~/.kube/config'),
  DOCKSIDE_KUBE_CONTEXT: z.string().min(1).optional().describe('Context of that kubeconfig; default its current one'),
  DOCKSIDE_MAX_LABS: wholeNumber(60, 1, 10_000).describe('Labs that may be open at once'),
  DOCKSIDE_MAX_LABS_PER_LEARNER: wholeNumber(3, 1, 100).describe('Labs that one learner may have open at once'),
  DOCKSIDE_LAB_MINUTES: wholeNumber(240, 1, 10_080).describe('Minutes after which a lab closes, counted from the last extension'),
  DOCKSIDE_IDLE_MINUTES: wholeNumber(30, 1, 1440).describe('Minutes without use after which a lab is suspended'),
  DOCKSIDE_LAB_DISK_MB: wholeNumber(256, 16, 102_400).describe('Size of a learner’s home folder'),
  DOCKSIDE_LAB_MEMORY_MB: wholeNumber(1024, 64, 102_400).describe('Memory of a learner’s processes'),
  DOCKSIDE_LAB_PROCESSES: wholeNumber(256, 16, 10_000).describe('Processes of a learner'),
  DOCKSIDE_SANDBOX_MEMORY_MB: wholeNumber(256, 64, 16_384).describe('Memory of one embedded sandbox'),
  DOCKSIDE_LOG: choice(['warn', 'info', 'debug', 'error', 'silent']).describe('Least severe log line that is written'),
});

export interface Config {
  host: string;
  port: number;
  dataFolder: string;
  projectFolder: string;
  siteFolder: string;
  exercisesFolder: string;
  lessonsFolder: string;
  origins: readonly string[];
  trustProxy: boolean;
  workspace: 'auto' | 'bubblewrap' | 'docker' | 'pod' | 'host';
  kubernetes: 'auto' | 'embedded' | 'minikube' | 'kubeconfig';
  kubeconfig: { file: string; context: string | undefined };
  labs: { max: number; maxPerLearner: number; lifeMs: number; idleMs: number };
  workspaceLimits: { diskBytes: number; files: number; memoryBytes: number; processes: number; openFiles: number };
  sandboxMemoryMb: number;
  /** Where programs are looked for: the server's PATH. */
  path: string;
  docker: {
    image: string;
    /** What tells the `docker` program where its engine is. */
    environment: Readonly<Record<string, string>>;
  };
  logLevel: 'warn' | 'info' | 'debug' | 'error' | 'silent';
}

/**
 * Validates the environment. Unknown `DOCKSIDE_*` variables are refused, since they are most often a typing mistake.
 * Throws DocksideError `CONFIG_INVALID` that names each variable and what is allowed there.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const ours = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => name.startsWith('DOCKSIDE_') && !name.startsWith('DOCKSIDE_TEST_') && value !== '',
    ),
  );
  const unknown = Object.keys(ours).filter((name) => !(name in environmentSchema.shape));
  if (unknown.length > 0) {
    const known = Object.keys(environmentSchema.shape).join(', ');
    throw new DocksideError('CONFIG_INVALID', `There is no setting ${unknown.join(', ')}: the settings are ${known}.`);
  }
  const parsed = environmentSchema.safeParse(ours);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}=${ours[name] ?? ''}: ${issue.message}`;
    });
    throw new DocksideError('CONFIG_INVALID', `The environment holds a setting that is not valid: ${problems.join('; ')}.`);
  }
  const values = parsed.data;
  return {
    host: values.DOCKSIDE_HOST,
    port: values.DOCKSIDE_PORT,
    dataFolder: resolve(values.DOCKSIDE_DATA ?? join(projectFolder, '.data')),
    projectFolder,
    siteFolder: join(projectFolder, 'dist'),
    exercisesFolder: join(projectFolder, 'content', 'exercises'),
    lessonsFolder: join(projectFolder, 'content', 'lessons'),
    origins: values.DOCKSIDE_ORIGINS.map((origin) => new URL(origin).origin),
    trustProxy: values.DOCKSIDE_TRUST_PROXY === 'yes',
    workspace: values.DOCKSIDE_WORKSPACE,
    kubernetes: values.DOCKSIDE_KUBERNETES,
    kubeconfig: {
      file: resolve(values.DOCKSIDE_KUBECONFIG ?? environment.KUBECONFIG ?? join(environment.HOME ?? '/', '.kube', 'config')),
      context: values.DOCKSIDE_KUBE_CONTEXT,
    },
    labs: {
      max: values.DOCKSIDE_MAX_LABS,
      maxPerLearner: values.DOCKSIDE_MAX_LABS_PER_LEARNER,
      lifeMs: values.DOCKSIDE_LAB_MINUTES * MINUTE,
      idleMs: values.DOCKSIDE_IDLE_MINUTES * MINUTE,
    },
    workspaceLimits: {
      diskBytes: values.DOCKSIDE_LAB_DISK_MB * MEBIBYTE,
      files: 10_000,
      memoryBytes: values.DOCKSIDE_LAB_MEMORY_MB * MEBIBYTE,
      processes: values.DOCKSIDE_LAB_PROCESSES,
      openFiles: 1024,
    },
    sandboxMemoryMb: values.DOCKSIDE_SANDBOX_MEMORY_MB,
    docker: { image: values.DOCKSIDE_DOCKER_IMAGE, environment: dockerEnvironment(environment) },
    path: environment.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    logLevel: values.DOCKSIDE_LOG,
  };
}

function dockerEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && /^(?:PATH|HOME|USERPROFILE|DOCKER_[A-Z_]+)$/.test(entry[0]),
    ),
  );
}

/** Makes the data folder, for its owner alone. Throws DocksideError `DATA_NOT_WRITABLE`. */
export function prepareDataFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DocksideError(
      'DATA_NOT_WRITABLE',
      `The data folder ${folder} cannot be written (${messageOf(error)}): make it writable for this user, or set DOCKSIDE_DATA to another folder.`,
      { cause: error },
    );
  }
}

/** Makes a folder and those above it, for its owner alone. mkdir with `recursive` never returns where a file system says ENOENT for a folder it does not let anyone make (/proc): one step at a time does. */
export function makeFolder(folder: string): void {
  if (!existsSync(folder)) {
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

/** The key that signs cookies: made once, kept in the data folder, readable by its owner alone. */
export function loadCookieSecret(dataFolder: string): Buffer {
  const file = join(dataFolder, 'cookie-secret');
  try {
    return readSecret(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw error;
    }
  }
  // Written aside and linked into place, so that a crash or a second server cannot leave or see half a key.
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, randomBytes(32).toString('hex'), { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw error;
    }
  } finally {
    rmSync(aside, { force: true });
  }
  return readSecret(file);
}

function readSecret(file: string): Buffer {
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new DocksideError(
      'CONFIG_INVALID',
      `The file ${file} does not hold a key: remove it, and a new one is made (learners then start anew).`,
    );
  }
  chmodSync(file, 0o600);
  return Buffer.from(text, 'hex');
}
