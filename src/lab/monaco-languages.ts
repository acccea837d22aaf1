// What the editor knows of the files: schemas by name of the file, for completion, hover, checks and formatting. They are fetched by the
// language's worker when the first file that needs one is opened.
import 'monaco-editor/languages/definitions/shell/register.js';
import 'monaco-editor/languages/definitions/yaml/register.js';
import { jsonDefaults } from 'monaco-editor/languages/features/json/register.js';
import * as monaco from 'monaco-editor/editor/editor.api.js';
import { configureMonacoYaml } from 'monaco-yaml';

/** Files of Compose and ecs-cli; every other YAML file is taken for manifests. */
const COMPOSE = ['docker-compose*.yml', 'docker-compose*.yaml', 'compose*.yml', 'compose*.yaml', 'hello-world.yml'];
const ECS_PARAMS = ['ecs-params.yml', 'ecs-params.yaml'];
const OTHER = [...COMPOSE, ...ECS_PARAMS, 'kustomization.yaml', 'kustomization.yml', 'values.yaml'];

const schema = (name: string, fileMatch: string[]): { uri: string; fileMatch: string[] } => ({
  uri: new URL(`/schemas/${name}.json`, location.href).href,
  fileMatch,
});

/**
 * Starts a worker by the interface that monaco-yaml knows, which is older than this editor's: the first message wakes the worker, the second
 * is what it starts with.
 */
function createWebWorker({ label, createData }: { label: string; createData: unknown }): monaco.editor.MonacoWebWorker<object> {
  const starting = Promise.resolve(self.MonacoEnvironment?.getWorker?.('', label)).then((worker) => {
    if (!worker) {
      throw new Error(`There is no worker for ${label}.`);
    }
    worker.postMessage('wake');
    worker.postMessage(createData);
    return worker;
  });
  return monaco.editor.createWebWorker({ worker: starting });
}

/** To be called once. */
export function teachLanguages(): void {
  const bridged = { ...monaco, editor: { ...monaco.editor, createWebWorker } } as unknown as Parameters<typeof configureMonacoYaml>[0];
  configureMonacoYaml(bridged, {
    enableSchemaRequest: true,
    hover: true,
    completion: true,
    validate: true,
    format: { enable: true, printWidth: 120 },
    schemas: [
      schema('kubernetes', ['*.yaml', '*.yml', ...OTHER.map((name) => `!${name}`)]),
      schema('compose', COMPOSE),
      schema('ecs-params', ECS_PARAMS),
    ],
  });
  jsonDefaults.setDiagnosticsOptions({
    validate: true,
    enableSchemaRequest: true,
    schemas: [schema('task-definition', ['*task*.json', '!*service*.json']), schema('ecs-service', ['*service*.json'])],
  });
}
