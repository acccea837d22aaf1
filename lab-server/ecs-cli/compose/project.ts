// What a `compose` command works on: the files it reads, the project's name, and the connection.
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { resolveSettings, type ConnectionFlags, type Settings } from '../config/settings.ts';
import { CliFailure } from '../failure.ts';
import { setVerbose, warn } from '../output.ts';
import { placementOf, readEcsParams, type EcsParams, type Placement } from './ecs-params.ts';
import { readSource, type Source } from './source.ts';
import { isTaskDefinition, taskDefinitionOf, type TaskDefinition } from './task-definition.ts';

export interface ComposeFlags extends ConnectionFlags {
  file?: string;
  projectName?: string;
  taskRoleArn?: string;
  ecsParams?: string;
  registryCreds?: string;
  verbose?: boolean;
  tags?: string;
  createLogGroups?: boolean;
  forceUpdate?: boolean;
  disableEcsManagedTags?: boolean;
}

export interface Project {
  name: string;
  settings: Settings;
  params: EcsParams;
  placement: Placement;
  taskDefinition: TaskDefinition;
  flags: ComposeFlags;
}

const DEFAULT_FILES = ['docker-compose.yml', 'docker-compose.yaml', 'compose.yaml', 'compose.yml'];

export function openProject(flags: ComposeFlags): Project {
  setVerbose(flags.verbose === true);
  if (flags.registryCreds !== undefined) {
    throw new CliFailure(
      'ECS_CLI_NOT_THERE',
      '--registry-creds is not in this ecs-cli: name the secret under services.NAME.repository_credentials in ecs-params.yml.',
    );
  }
  const settings = resolveSettings(flags);
  const params = readEcsParams(flags.ecsParams);
  const name = (flags.projectName ?? basename(process.cwd())) || 'project';
  const source = composeFile(flags.file);
  const taskDefinition = taskDefinitionOf(source, {
    family: name,
    params,
    taskRoleArn: flags.taskRoleArn,
    launchType: settings.launchType,
    env: process.env,
  });
  const tags = parseTags(flags.tags);
  return {
    name,
    settings,
    params,
    placement: placementOf(params),
    taskDefinition: tags.length > 0 ? { ...taskDefinition, tags } : taskDefinition,
    flags,
  };
}

/** The file named, docker-compose.yml, or the folder's only task definition: a guide that has just registered one goes on with `compose up` alone. */
function composeFile(named: string | undefined): Source {
  if (named !== undefined) {
    const files = named.split(':').filter(Boolean);
    if (files.length > 1) {
      throw new CliFailure(
        'ECS_CLI_NOT_THERE',
        `This ecs-cli reads one Compose file, and COMPOSE_FILE or --file names ${files.length}: merge them (docker compose config prints the merged file).`,
      );
    }
    return readSource(named);
  }
  const found = DEFAULT_FILES.find((file) => existsSync(file));
  if (found !== undefined) {
    return readSource(found);
  }
  const definitions = readdirSync('.')
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      try {
        const source = readSource(file);
        return isTaskDefinition(source) ? [source] : [];
      } catch {
        // Another program's file: JSON with comments, or none that can be read.
        return [];
      }
    });
  const [only] = definitions;
  if (!only || definitions.length > 1) {
    const many = definitions.map(({ file }) => file).join(', ');
    throw new CliFailure(
      'ECS_CLI_NO_COMPOSE_FILE',
      `There is no ${DEFAULT_FILES[0]} here. Name the file with --file${many ? ` (task definitions here: ${many})` : ''}.`,
    );
  }
  warn(`There is no ${DEFAULT_FILES[0]} here: taking the only task definition in this folder. The original ecs-cli would stop.`, {
    file: only.file,
  });
  return only;
}

/** `key=value,key=value`. */
export function parseTags(text: string | undefined): { key: string; value: string }[] {
  return (text ?? '')
    .split(',')
    .filter(Boolean)
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw new CliFailure('ECS_CLI_TAGS', `"${pair}" is not a tag: --tags takes key1=value1,key2=value2.`);
      }
      return { key: pair.slice(0, at), value: pair.slice(at + 1) };
    });
}
