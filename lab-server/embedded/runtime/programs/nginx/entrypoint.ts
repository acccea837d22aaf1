// The official image's /docker-entrypoint.sh: says what it does, fills in templates, runs hooks, then becomes the command.
import { baseName, joinPath } from '../../files/paths.ts';
import type { Process } from '../../processes/process.ts';
import { spawn } from '../../processes/spawn.ts';
import { ExecutableError } from '../../processes/executables.ts';
import { execSelf } from '../exec-self.ts';

const HOOKS = '/docker-entrypoint.d';
const TEMPLATES = '/etc/nginx/templates';
const CONF = '/etc/nginx/conf.d';

export async function nginxEntrypoint(process: Process): Promise<number> {
  // A script that is run with its own path as the first argument, so the command begins after it.
  const command = process.argv.slice(1);
  if (command[0] === 'nginx' || command[0] === 'nginx-debug') {
    await runHooks(process);
  }
  try {
    return await execSelf(process, command);
  } catch (error) {
    if (error instanceof ExecutableError) {
      await process.complain(`/docker-entrypoint.sh: line 47: exec: ${command[0] ?? ''}: not found\n`);
      return 127;
    }
    throw error;
  }
}

async function runHooks(process: Process): Promise<void> {
  const { files } = process.machine;
  const say = async (text: string): Promise<void> => {
    if (!process.env.get('NGINX_ENTRYPOINT_QUIET_LOGS')) {
      await process.print(`${text}\n`);
    }
  };
  const names = (await files.exists(HOOKS)) ? await files.readdir(HOOKS) : [];
  if (names.length === 0) {
    await say(`/docker-entrypoint.sh: No files found in ${HOOKS}/, skipping configuration`);
    return;
  }
  await say(`/docker-entrypoint.sh: ${HOOKS}/ is not empty, will attempt to perform configuration`);
  await say(`/docker-entrypoint.sh: Looking for shell scripts in ${HOOKS}/`);
  for (const name of names) {
    const path = joinPath(HOOKS, name);
    if (!name.endsWith('.sh') && !name.endsWith('.envsh')) {
      await say(`/docker-entrypoint.sh: Ignoring ${path}`);
      continue;
    }
    const stat = await files.stat(path);
    if ((stat.mode & 0o111) === 0) {
      await say(`/docker-entrypoint.sh: Ignoring ${path}, not executable`);
      continue;
    }
    if (name.endsWith('.envsh')) {
      await say(`/docker-entrypoint.sh: Sourcing ${path}`);
      continue;
    }
    await say(`/docker-entrypoint.sh: Launching ${path}`);
    await launch(process, path, say);
  }
  await say('/docker-entrypoint.sh: Configuration complete; ready for start up');
}

async function launch(process: Process, path: string, say: (text: string) => Promise<void>): Promise<void> {
  switch (baseName(path)) {
    case '10-listen-on-ipv6-by-default.sh':
      return listenOnIpv6(process, say);
    case '20-envsubst-on-templates.sh':
      return fillTemplates(process, say);
    case '30-tune-worker-processes.sh':
      return undefined;
    default: {
      const child = await spawn(process.machine, {
        argv: [path],
        env: process.env,
        cwd: process.cwd,
        identity: process.identity,
        descriptors: process.descriptors,
        parentPid: process.pid,
      });
      await child.exited;
      return undefined;
    }
  }
}

async function listenOnIpv6(process: Process, say: (text: string) => Promise<void>): Promise<void> {
  const { files } = process.machine;
  const me = '10-listen-on-ipv6-by-default.sh';
  const path = `${CONF}/default.conf`;
  const text = await files.readFile(path).catch(() => undefined);
  if (text === undefined) {
    return say(`${me}: info: ${path} is not a file or does not exist`);
  }
  const stock = /listen\s+80;/.test(text) && /server_name\s+localhost;/.test(text);
  try {
    if (stock && !text.includes('[::]')) {
      await say(`${me}: info: Getting the checksum of ${path}`);
      await files.writeFile(path, text.replace(/^( *)listen( +)80;/m, '$1listen$280;\n$1listen  [::]:80;'));
      return await say(`${me}: info: Enabled listen on IPv6 in ${path}`);
    }
    if (text.includes('[::]')) {
      return await say(`${me}: info: IPv6 listen already enabled`);
    }
    await say(`${me}: info: Getting the checksum of ${path}`);
    return await say(`${me}: info: ${path} differs from the packaged version`);
  } catch {
    return say(`${me}: info: can not modify ${path} (read-only file system?)`);
  }
}

/** `envsubst` over /etc/nginx/templates: only variables that are set are replaced. */
async function fillTemplates(process: Process, say: (text: string) => Promise<void>): Promise<void> {
  const { files } = process.machine;
  const from = process.env.get('NGINX_ENVSUBST_TEMPLATE_DIR') ?? TEMPLATES;
  const to = process.env.get('NGINX_ENVSUBST_OUTPUT_DIR') ?? CONF;
  const suffix = process.env.get('NGINX_ENVSUBST_TEMPLATE_SUFFIX') ?? '.template';
  if (!(await files.exists(from))) {
    return;
  }
  for (const name of await files.readdir(from)) {
    if (!name.endsWith(suffix)) {
      continue;
    }
    const source = joinPath(from, name);
    const target = joinPath(to, name.slice(0, -suffix.length));
    await say(`20-envsubst-on-templates.sh: Running envsubst on ${source} to ${target}`);
    const text = await files.readFile(source);
    const filled = text.replace(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (whole, braced?: string, plain?: string) => process.env.get(braced ?? plain ?? '') ?? whole,
    );
    await files.writeFile(target, filled);
  }
}
